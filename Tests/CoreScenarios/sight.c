/* Looking into tables. */
#include "sight.h"

#include <stdlib.h>
#include <string.h>

struct sight *
sight_make(enum form form)
{
	struct sight *sight = calloc(1, sizeof *sight);

	if (sight == NULL)
		abort();
	sight->form = form;
	return sight;
}

void
sight_end(struct sight *sight)
{

	free(sight);
}

/* The key's bytes end with its number. */
uint64_t
sight_number(const struct sight *sight, const lt_report_t *report)
{
	uint64_t number = report->integer;

	switch (sight->form) {
	case INTEGERS:
		EXPECT(report->kind == LT_KEYS_INTEGER && report->bytes == NULL, "no integer");
		break;
	case OPAQUES:
	case OPAQUES_ALIKE:
		EXPECT(report->kind == LT_KEYS_OPAQUE, "no key of the caller's");
		number = ((const struct label *)report->bytes)->id;
		break;
	default:
		EXPECT(report->kind == LT_KEYS_BYTES &&
		    (report->length == LONG_KEY || report->length == 16), "no bytes");
		(void)memcpy(&number, (const char *)report->bytes + report->length - sizeof number,
		    sizeof number);
	}
	return number;
}

static void
take_down(void *context, const lt_report_t *report)
{
	struct sight *sight = context;
	struct shown *shown = &sight->shown[sight->count];

	EXPECT(report->holders > 0 || report->waiters > 0, "a key was shown that is not live");
	EXPECT(report->listed_holders <= report->holders &&
	    report->listed_waiters <= report->waiters &&
	    report->listed_holders <= LT_MOST_PARTICIPANTS && report->listed_waiters <= LT_MOST_PARTICIPANTS,
	    "more were listed than there are");
	if (sight->also != NULL)
		sight->also(sight, report);
	if (sight->count == MOST_SHOWN)
		return;
	sight->count++;
	shown->number = sight_number(sight, report);
	shown->report = *report;
	(void)memcpy(shown->holders, report->holder_list,
	    report->listed_holders * sizeof(lt_participant_t));
	(void)memcpy(shown->waiters, report->waiter_list,
	    report->listed_waiters * sizeof(lt_participant_t));
}

lt_status_t
sight_look(struct sight *sight, lt_table_t *table, bool waited_for)
{

	sight->count = 0;
	return lt_table_inspect(table, waited_for, take_down, sight);
}

size_t
sight_times(const struct sight *sight, uint64_t number)
{
	size_t times = 0;

	for (size_t i = 0; i < sight->count; i++)
		times += sight->shown[i].number == number;
	return times;
}

const struct shown *
sight_of(const struct sight *sight, uint64_t number)
{

	for (size_t i = 0; i < sight->count; i++) {
		if (sight->shown[i].number == number)
			return &sight->shown[i];
	}
	return NULL;
}

void
expect_shown(lt_table_t *table, enum form form, uint64_t number, size_t holders, size_t listed,
    size_t waiters)
{
	struct sight *sight = sight_make(form);
	const struct shown *shown;

	EXPECT(sight_look(sight, table, false) == LT_OK, "looking failed");
	shown = sight_of(sight, number);
	if (holders + waiters == 0)
		EXPECT(shown == NULL, "a key was shown that nobody has or wants");
	else
		EXPECT(shown != NULL && shown->report.holders == holders &&
		    shown->report.listed_holders == listed && shown->report.waiters == waiters &&
		    shown->report.listed_waiters == waiters, "a key was shown as it is not");
	sight_end(sight);
}

void
sight_for_each_kind(void (*scenario)(enum form, uint32_t))
{

	keep_account(true);
	for (enum form form = 0; form < FORMS; form++) {
		scenario(form, LT_ADAPTIVE);
		scenario(form, LT_FIFO);
	}
	keep_account(false);
}

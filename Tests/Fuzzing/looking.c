#define _GNU_SOURCE
#include "game.h"

#include <string.h>
#include <unistd.h>

#define MOST_PROVED	6

struct visit {
	bool seen[MODEL_KEYS];
};

unsigned
game_key_of(const lt_report_t *report)
{

	SAME(report->kind == game.config.keys, "a key of another kind was reported");
	for (unsigned slot = 0; slot < game.slots; slot++) {
		const struct chosen *chosen = &game.chosen[slot];
		bool same;

		if (report->kind == LT_KEYS_INTEGER)
			same = report->integer == chosen->integer;
		else if (report->kind == LT_KEYS_OPAQUE)
			same = ((const struct label *)report->bytes)->id == chosen->id;
		else
			same = report->length == chosen->length &&
			    memcmp(report->bytes, chosen->bytes, chosen->length) == 0;
		if (same)
			return game.key_of[slot];
	}
	differ("a key was reported that there is not");
}

static void
compare_serial(const struct lt_participant *told, struct party *party)
{
	const struct party *parties = game.model->parties;

	SAME(told->serial != 0, "a party with a record has no serial number");
	if (party->serial != 0) {
		SAME(party->serial == told->serial, "a party's serial number changed");
		return;
	}
	party->serial = told->serial;
	for (size_t i = 0; i < MOST_MODELLED; i++) {
		SAME(&parties[i] == party || parties[i].part == NOBODY ||
		    parties[i].serial != told->serial, "two parties have one serial number");
	}
}

static void
compare_party(const struct lt_participant *told, struct party *party, uint64_t since)
{
	const uint64_t id = game.is_tasks ? party->who : (uint64_t)gettid();

	SAME(told->is_shared == party->is_shared, "a reader was shown as a writer, or the reverse");
	if (!party->is_tracked) {
		SAME(told->serial == 0, "a party without a record has a serial number");
		SAME(told->who.is_task == 1 && told->who.id == 0, "it is not known that a task waits");
	} else {
		compare_serial(told, party);
		SAME(told->who.is_task == game.is_tasks && told->who.id == id,
		    "the party is %lu instead of %lu", (unsigned long)told->who.id, (unsigned long)id);
		SAME(memchr(told->who.name, 0, sizeof told->who.name) != NULL, "a name has no end");
	}
	SAME(told->nanoseconds == seam_now() - since, "a party's time is %lu ns instead of %lu",
	    (unsigned long)told->nanoseconds, (unsigned long)(seam_now() - since));
}

static void
compare_holders(const lt_report_t *report, const struct model_key *key)
{
	size_t listed = 0;

	SAME(report->holders == key->held, "%zu holders were reported as %zu", key->held,
	    report->holders);
	SAME(report->is_exclusive == key->is_written, "held by a writer, or not: reported wrongly");
	for (size_t i = 0; i < key->held && listed < LT_MOST_PARTICIPANTS; i++) {
		struct party *party = key->holders[i];

		if (!party->is_tracked)
			continue;
		SAME(listed < report->listed_holders, "holders are missing from the list");
		compare_party(&report->holder_list[listed++], party, party->held_since);
	}
	SAME(report->listed_holders == listed, "%zu holders were listed instead of %zu",
	    report->listed_holders, listed);
}

static void
compare_waiters(const lt_report_t *report, const struct model_key *key)
{

	SAME(report->waiters == key->queued, "%zu waiters were reported as %zu", key->queued,
	    report->waiters);
	SAME(report->listed_waiters == (key->queued < LT_MOST_PARTICIPANTS ? key->queued : LT_MOST_PARTICIPANTS),
	    "%zu of %zu waiters were listed", report->listed_waiters, key->queued);
	for (size_t i = 0; i < report->listed_waiters; i++)
		compare_party(&report->waiter_list[i], key->queue[i], key->queue[i]->since);
}

static void
compare_report(void *context, const lt_report_t *report)
{
	const unsigned number = game_key_of(report);
	const struct model_key *key = &game.model->keys[number];
	struct visit *visit = context;

	SAME(!visit->seen[number], "a key was reported twice");
	visit->seen[number] = true;
	if (game.looks)
		(void)lt_table_count(game.table);
	compare_holders(report, key);
	compare_waiters(report, key);
}

void
game_look(bool waited_for)
{
	const uint64_t failures = seam_failures();
	struct visit visit = { { false } };
	lt_status_t status;

	NOTE(waited_for ? "look at the keys that are waited for" : "look at all keys");
	status = lt_table_inspect(game.table, waited_for, compare_report, &visit);
	if (status == LT_NO_MEMORY && game_ran_out(failures))
		return;
	SAME(status == LT_OK, "looking came to %u", status);
	for (unsigned k = 0; k < MODEL_KEYS; k++) {
		const struct model_key *key = &game.model->keys[k];
		const bool is_due = key->queued > 0 || (!waited_for && key->held > 0);

		SAME(visit.seen[k] == is_due, "key %u was reported, or not, wrongly", k);
	}
}

void
game_check_held(void)
{

	NOTE("see who is held");
	for (unsigned slot = 0; slot < game.slots; slot++) {
		struct loan loan = loan_make(game.table, &game.chosen[slot]);
		bool is_held;

		game.is_finding = true;
		is_held = lt_is_held(game.table, &loan.key);
		game.is_finding = false;
		SAME(is_held == model_is_held(game.model, game.key_of[slot]),
		    "key %u is held, or not, against the model", slot);
		/* Where comparing changes things, the holds may not be the same afterwards. */
		for (size_t i = 0; i < game.holds && i < MOST_PROVED && !game.interferes; i++)
			SAME(lt_is_hold_of(game.table, &loan.key, &game.hold[i]->hold, 1) ==
			    (game.hold[i]->key == game.key_of[slot]),
			    "a hold is of key %u, or not, against the model", slot);
		loan_end(&loan);
	}
}

void
game_check_tags(void)
{

	if (game.config.keys != LT_KEYS_INTEGER)
		return;
	NOTE("integers from tags");
	for (size_t i = 0; i < game.pins; i++) {
		const uint64_t value = lt_integer_of_tag(game.table, game.pin[i].pin.tag);

		SAME(value == game.chosen[game.pin[i].slot].integer, "a tag stands for another integer");
	}
}

#define SAME_SUM(what)									\
	SAME(told.what == sums->what, "statistics: " #what " is %llu instead of %llu",		\
	    (unsigned long long)told.what, (unsigned long long)sums->what)

void
game_check_statistics(void)
{
	const lt_statistics_t *sums = &game.model->sums;
	lt_statistics_t told;

	lt_table_statistics(game.table, &told);
	SAME_SUM(acquisitions);
	SAME_SUM(contended);
	SAME_SUM(parks);
	SAME_SUM(hand_offs);
	SAME_SUM(timeouts);
	SAME_SUM(cancellations);
	SAME_SUM(refusals);
	SAME_SUM(keys);
	/* A key that is released while another call compares with it is present for longer. */
	if (!game.interferes || told.peak_keys < sums->peak_keys)
		SAME_SUM(peak_keys);
	SAME(told.task_sleeps == game.task_sleeps &&
	    lt_table_task_sleeps(game.table) == game.task_sleeps, "sleeps of tasks were counted wrong");
	SAME(lt_table_count(game.table) == sums->keys, "%zu keys are present instead of %llu",
	    lt_table_count(game.table), (unsigned long long)sums->keys);
	SAME(lt_table_is_empty(game.table) == (sums->keys == 0), "a table is empty, or not, wrongly");
	SAME(told.bytes == lt_table_bytes(game.table), "two ways to count bytes differ");
}

/* All that is allocated is the table's, a suspension's, a record's, or the timer's. */
void
game_check_memory(void)
{
	size_t others = seam_timer_bytes() + game.suspensions * seam_suspension_bytes(), tracked = 0;

	for (size_t i = 0; i < game.holds; i++)
		tracked += game.hold[i]->is_tracked;
	for (size_t i = 0; i < game.suspensions; i++)
		tracked += game.suspension[i]->is_tracked;
	others += tracked * seam_record_bytes();
	if (game.config.keys == LT_KEYS_OPAQUE)
		SAME(game.copies == game.model->sums.keys, "%zu copies of %llu keys", game.copies,
		    (unsigned long long)game.model->sums.keys);
	if (game.table != NULL)
		SAME(seam_outstanding() - others == lt_table_bytes(game.table),
		    "the table has %zu bytes, and says %zu", seam_outstanding() - others,
		    lt_table_bytes(game.table));
	else if (game.model->sums.keys == 0)
		SAME(seam_outstanding() == others, "%zu bytes are left of a table that has ended",
		    seam_outstanding() - others);
}

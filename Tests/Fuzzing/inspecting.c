#define _GNU_SOURCE
#include "game.h"

#include <string.h>
#include <unistd.h>

#define MOST_PROVED	6

struct visit {
	bool seen[MOST_SLOTS];
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
		else if (report->kind != LT_KEYS_BYTES)
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
compare_serial(const struct lt_participant *told, struct participant *participant)
{
	const struct participant *participants = game.model->participants;

	SAME(told->serial != 0, "a participant with a record has no serial number");
	if (participant->serial != 0) {
		SAME(participant->serial == told->serial, "a participant's serial number changed");
		return;
	}
	participant->serial = told->serial;
	for (size_t i = 0; i < MODEL_PARTICIPANTS; i++) {
		SAME(&participants[i] == participant || participants[i].state == UNUSED ||
		    participants[i].serial != told->serial, "two participants have one serial number");
	}
}

static void
compare_participant(const struct lt_participant *told, struct participant *participant,
    uint64_t since)
{
	const bool is_unawaited = participant->is_unawaited;
	const uint64_t id = is_unawaited ? 0 : game.is_tasks ? participant->id : (uint64_t)gettid();

	SAME(told->is_shared == (participant->is_shared || game.model->has_permits),
	    "a reader was shown as a writer, or the reverse");
	SAME(told->is_unawaited == is_unawaited, "whether a task awaits a turn was shown wrongly");
	if (!participant->is_tracked) {
		SAME(told->serial == 0, "a participant without a record has a serial number");
		SAME(told->who.is_task == 1 && told->who.id == 0, "it is not known that a task waits");
	} else {
		compare_serial(told, participant);
		SAME(told->who.is_task == (game.is_tasks || is_unawaited) && told->who.id == id,
		    "the participant is %lu instead of %lu", (unsigned long)told->who.id, (unsigned long)id);
		SAME(memchr(told->who.name, 0, sizeof told->who.name) != NULL, "a name has no end");
	}
	SAME(told->nanoseconds == seam_now() - since, "a participant's time is %lu ns instead of %lu",
	    (unsigned long)told->nanoseconds, (unsigned long)(seam_now() - since));
}

static void
compare_holders(const lt_report_t *report, const struct model_key *key)
{
	size_t listed = 0;

	const unsigned number = (unsigned)(key - game.model->keys);
	const size_t holders = game.model->has_permits ? model_out(game.model, number) : key->held;

	SAME(report->holders == holders, "%zu holders were reported as %zu", holders,
	    report->holders);
	SAME(report->has_permits == game.model->has_permits && report->capacity ==
	    (game.model->has_permits ? key->capacity : 0), "%u permits were reported", report->capacity);
	SAME(report->is_exclusive == (key->is_written && !game.model->has_permits),
	    "held by a writer, or not: reported wrongly");
	for (size_t i = 0; i < key->held && listed < LT_MOST_PARTICIPANTS; i++) {
		struct participant *participant = key->holders[i];

		/* A flight is shown once it is known what works for it. */
		if (!participant->is_tracked ||
		    (participant->flight != NO_FLIGHT && !participant->is_described))
			continue;
		SAME(listed < report->listed_holders, "holders are missing from the list");
		compare_participant(&report->holder_list[listed++], participant, participant->held_since);
	}
	SAME(report->listed_holders == listed, "%zu holders were listed instead of %zu",
	    report->listed_holders, listed);
}

static void
compare_waiters(const lt_report_t *report, const struct model_key *key)
{

	SAME(report->waiters == key->queued, "%zu waiters were reported as %zu", key->queued,
	    report->waiters);
	SAME(report->listed_waiters ==
	    (key->queued < LT_MOST_PARTICIPANTS ? key->queued : LT_MOST_PARTICIPANTS),
	    "%zu of %zu waiters were listed", report->listed_waiters, key->queued);
	for (size_t i = 0; i < report->listed_waiters; i++)
		compare_participant(&report->waiter_list[i], key->queue[i], key->queue[i]->since);
}

static void
compare_report(void *context, const lt_report_t *report)
{
	const unsigned number = game_key_of(report);
	const struct model_key *key = &game.model->keys[number];
	struct visit *visit = context;

	SAME(!visit->seen[number], "a key was reported twice");
	visit->seen[number] = true;
	if (game.reenters)
		(void)lt_table_count(game.table);
	compare_holders(report, key);
	compare_waiters(report, key);
}

void
game_inspect(bool waited_for)
{
	const uint64_t failures = seam_failures();
	struct visit visit = { { false } };
	lt_status_t status;

	NOTE(waited_for ? "inspect the keys that are waited for" : "inspect all keys");
	status = lt_table_inspect(game.table, waited_for, compare_report, &visit);
	if (status == LT_NO_MEMORY && game_ran_out(failures))
		return;
	SAME(status == LT_OK, "inspecting came to %u", status);
	for (unsigned k = 0; k < MOST_SLOTS; k++) {
		const struct model_key *key = &game.model->keys[k];
		const bool is_due = key->queued > 0 || (!waited_for && key->held > 0);

		SAME(visit.seen[k] == is_due, "key %u was reported, or not, wrongly", k);
	}
}

void
game_check_held(void)
{

	NOTE("which keys are held");
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
	SAME_SUM(closed);
	SAME_SUM(deadlocks);
	SAME_SUM(flights);
	SAME_SUM(joins);
	SAME_SUM(keys);
	/*
	 * A key that is released while another call compares with it is present for longer. One of
	 * which no permit is left is present while a call finds that out.
	 */
	if ((!game.interferes && !game.model->has_permits) || told.peak_keys < sums->peak_keys)
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
	for (size_t i = 0; i < game.flights; i++)
		tracked += game.flight[i]->is_tracked;
	for (size_t i = 0; i < game.suspensions; i++)
		tracked += game.suspension[i]->is_tracked;
	others += tracked * seam_record_bytes();
	if (game.config.keys == LT_KEYS_OPAQUE)
		SAME(game.copies == game.model->sums.keys, "%zu copies of %llu keys", game.copies,
		    (unsigned long long)game.model->sums.keys);
	if (game.config.keys == LT_KEYS_OWNING)
		SAME(owned_count == game.model->sums.keys, "%zu values of %llu keys", owned_count,
		    (unsigned long long)game.model->sums.keys);
	if (game.table != NULL)
		SAME(seam_outstanding() - others == lt_table_bytes(game.table),
		    "the table has %zu bytes, and says %zu", seam_outstanding() - others,
		    lt_table_bytes(game.table));
	else if (game.model->sums.keys == 0)
		SAME(seam_outstanding() == others, "%zu bytes are left of a table that has ended",
		    seam_outstanding() - others);
}

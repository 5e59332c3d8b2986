/* What the scenarios of suspensions have in common. */
#include "contended_key.h"

void
contended_open(struct contended_key *contended, enum form form, uint32_t fairness)
{

	contended->form = form;
	contended->table = table_make(form, 1, fairness);
	contended->pin = pin(contended->table, form, 1);
	contended->hold = acquire(contended->table, form, 1, LT_FOREVER);
}

void
contended_close(struct contended_key *contended)
{

	EXPECT(peek_is_sound(contended->pin), "the queue was broken");
	EXPECT(peek_references(contended->pin) == 1 && peek_queue(contended->pin) == 0,
	    "a waiter that left was still counted");
	lt_unpin(contended->pin);
	close_empty(contended->table);
}

void
contended_prepare(struct contended_key *contended, struct sleeper *sleeper)
{

	sleeper_create(sleeper, contended->table, contended->form, 1, LT_FOREVER);
}

void
contended_prepare_reader(struct contended_key *contended, struct sleeper *sleeper)
{

	sleeper_create_shared(sleeper, contended->table, contended->form, 1, LT_FOREVER);
}

static void
begin_and_queue(struct contended_key *contended, struct sleeper *sleeper)
{
	size_t before = peek_queue(contended->pin);

	EXPECT(sleeper_begin(sleeper) == LT_SUSPENDED, "a held key was not waited for");
	EXPECT(sleeper_sleeps(sleeper) && peek_queue(contended->pin) == before + 1,
	    "a waiter was not queued");
}

/* Enters, and is queued. */
void
contended_enqueue(struct contended_key *contended, struct sleeper *sleeper)
{

	contended_prepare(contended, sleeper);
	begin_and_queue(contended, sleeper);
}

void
contended_enqueue_reader(struct contended_key *contended, struct sleeper *sleeper)
{

	contended_prepare_reader(contended, sleeper);
	begin_and_queue(contended, sleeper);
}

void
contended_enqueue_unrefused(struct contended_key *contended, struct sleeper *sleeper)
{

	sleeper_create(sleeper, contended->table, contended->form, 1, LT_UNREFUSED);
	begin_and_queue(contended, sleeper);
}

/* A newcomer takes the key and does not have to wait. */
void
contended_barge(struct contended_key *contended)
{

	contended->hold = try_acquire(contended->table, contended->form, 1);
	EXPECT(is_hold(contended->hold), "a newcomer did not get a free key");
}

bool
contended_is_free(struct contended_key *contended)
{
	lt_hold_t hold = try_acquire(contended->table, contended->form, 1);

	if (is_hold(hold))
		lt_release(hold);
	return is_hold(hold);
}

/* It holds the key; ends it, and releases. */
void
contended_release_granted(struct contended_key *contended, struct sleeper *sleeper)
{
	lt_hold_t hold;

	EXPECT(sleeper_outcome(sleeper) == LT_OK, "the key was not granted");
	EXPECT(!contended_is_free(contended), "a key that was granted was free");
	hold = sleeper_end(sleeper);
	EXPECT(hold.place == contended->pin.place &&
	    (hold.tag == contended->pin.tag || has_diagnostics_set()), "the hold was another key's");
	release_if_hold(hold);
}

/* The same for a reader, which may not be the only one. */
void
contended_release_granted_reader(struct contended_key *contended, struct sleeper *sleeper)
{
	lt_hold_t hold;

	EXPECT(sleeper_outcome(sleeper) == LT_OK, "the key was not granted to a reader");
	EXPECT(peek_holders(contended->pin) - 1 < MOST_READERS, "a reader was not counted");
	hold = sleeper_end(sleeper);
	EXPECT(hold.place == contended->pin.place &&
	    (hold.tag == contended->pin.tag || has_diagnostics_set()), "the hold was another key's");
	release_shared_if_hold(hold);
}

/* Was it granted the key, or was it woken and finds it free? */
bool
sleeper_gets_key(struct sleeper *sleeper)
{

	return sleeper_was_resumed(sleeper) &&
	    (sleeper_outcome(sleeper) == LT_OK || sleeper_begin(sleeper) == LT_OK);
}

/* It was cancelled, or was too late. */
void
sleeper_expect_failure(struct sleeper *sleeper, lt_status_t reason)
{

	EXPECT(sleeper_outcome(sleeper) == reason, "the wait did not end for the right reason");
	EXPECT(has_failed(sleeper_end(sleeper), reason), "the end gave another reason");
}

void
for_each_form_and_fairness(void (*scenario)(enum form, uint32_t))
{

	for (enum form form = 0; form < FORMS; form++) {
		scenario(form, LT_ADAPTIVE);
		scenario(form, LT_FIFO);
	}
}

void
mixed_line_open(struct mixed_line *line, enum form form, uint32_t fairness)
{
	struct contended_key *contended = &line->contended;

	contended_open(contended, form, fairness);
	line->crew = (struct crew){ 0 };
	line->timed = (struct holder){ HOLDER, .table = contended->table, .form = form, .number = 1,
	    .deadline = LT_REFUSABLE };
	line->endless = (struct holder){ HOLDER, .table = contended->table, .form = form, .number = 1,
	    .deadline = LT_FOREVER };
	contended_enqueue(contended, &line->first);
	crew_add(&line->crew, holder_run, &line->timed);
	await_queue(contended->pin, 2);
	crew_add(&line->crew, holder_run, &line->endless);
	await_queue(contended->pin, 3);
	contended_enqueue_reader(contended, &line->reader);
	contended_enqueue_unrefused(contended, &line->last);
}

void
mixed_line_close(struct mixed_line *line)
{
	struct contended_key *contended = &line->contended;

	release_if_hold(contended->hold);
	event_await(&line->endless.done, 1);
	event_raise(&line->endless.let_go);
	crew_join(&line->crew);
	EXPECT(sleeper_gets_key(&line->last), "a waiter that goes on was forgotten");
	contended_release_granted(contended, &line->last);
	contended_close(contended);
}

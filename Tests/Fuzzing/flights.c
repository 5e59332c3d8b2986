/* Flights: who begins them, who joins, and who is given which result. */
#include "game.h"

#include <stdlib.h>
#include <string.h>

/* So many waiters one locked section lands: LT_LANDED_AT_ONCE in lt_flight.c. */
#define LANDED_AT_ONCE	16

static void
reenter(void)
{

	if (game.reenters && game.table != NULL)
		(void)lt_table_count(game.table);
}

/* --- what the table calls --------------------------------------------------------------- */

static void
cancel(void *object, bool apart)
{
	struct trip *trip = object;

	(void)apart;
	SAME(trip->released == 0, "a flight was cancelled that had been released");
	trip->cancelled++;
	reenter();
}

static void
raise_to(void *object, uint8_t urgency)
{
	struct trip *trip = object;

	SAME(trip->released == 0, "a flight was raised that had been released");
	SAME(urgency > trip->urgency, "a flight was raised to %u, and was at %u", urgency,
	    trip->urgency);
	trip->urgency = urgency;
	reenter();
}

static void
release(void *object)
{
	struct trip *trip = object;

	trip->released++;
	free(trip->room);
	trip->room = NULL;
	reenter();
}

static const lt_flight_operations_t operations = { cancel, raise_to, release };

/* Old inputs have none of these here. */
void
game_read_flights(uint8_t byte)
{

	if (byte < 0x64 || byte >= 0x74)
		return;
	game.config.purpose = LT_FOR_FLIGHTS;
	game.config.flight_operations = &operations;
	NOTE("of flights");
}

/* --- beginning ---------------------------------------------------------------------------- */

static struct trip *
trip_of(const struct participant *flight)
{

	return &game.trip[flight - game.model->participants];
}

static uint8_t *
urgency_of(const struct participant *waiter)
{

	return &game.urgency[waiter - game.model->participants];
}

static void
set_urgency(const struct participant *waiter, uint8_t urgency)
{

	*urgency_of(waiter) = urgency;
	lt_suspension_set_urgency(waiter->suspension, urgency);
}

void
game_set_urgency(const struct participant *waiter)
{

	if (game.model->has_flights)
		set_urgency(waiter, input_byte(&game.input));
}

/* Of a hold, which stays with the caller. */
static struct trip *
prepare(struct participant *hold)
{
	struct trip *trip = trip_of(hold);
	const uint8_t urgency = input_byte(&game.input) / 2;

	game_give(hold);
	*trip = (struct trip){ .room = malloc(sizeof *trip->room), .urgency = urgency };
	if (trip->room == NULL)
		abort();
	trip->flight = lt_flight_create_in(trip->room, hold->hold, urgency);
	lt_flight_set_object(trip->flight, trip);
	return trip;
}

static void
forget(struct trip *trip)
{

	free(trip->room);
	trip->room = NULL;
}

static void
take_off(size_t index)
{

	game.flight[game.flights++] = game.hold[index];
	game.hold[index] = game.hold[--game.holds];
}

/* The work is as urgent as its first caller, which the table does not look at. */
static struct participant *
suspend_first(struct participant *hold, uint64_t deadline, uint8_t urgency)
{
	const uint64_t failures = seam_failures(), id = game.identified + 1;
	const size_t before = seam_outstanding();
	struct participant *first;
	lt_suspension_t *suspension = lt_suspension_create(hold->hold, deadline, game_resume);

	if (suspension == NULL) {
		SAME(game_ran_out(failures), "a suspension was not to be had");
		return NULL;
	}
	first = model_suspend_first(game.model, hold, deadline);
	first->suspension = suspension;
	first->is_tracked = seam_outstanding() > before + seam_suspension_bytes();
	first->id = id;
	game.suspension[game.suspensions++] = first;
	set_urgency(first, urgency);
	return first;
}

/* The first may be refused before. Returns what begin came to. */
static lt_status_t
begin(struct participant *hold, struct participant *first, struct trip *trip)
{
	const uint64_t failures = seam_failures();
	lt_status_t status, expected;

	lt_suspension_set_flight(first->suspension, trip->flight);
	if (input_byte(&game.input) >= 0xe0)
		game_cancel(game.suspensions - 1);
	status = lt_suspension_begin(first->suspension, first);
	if ((status == LT_NO_MEMORY || status == LT_NO_THREAD) && game_ran_out(failures)) {
		model_begin_failed(first, status);
		return status;
	}
	expected = model_begin_flight(game.model, hold, first);
	SAME(status == expected, "beginning a flight came to %u instead of %u", status, expected);
	return status;
}

static void
fly(size_t index, uint64_t deadline)
{
	struct participant *hold = game.hold[index], *first;
	struct trip *trip;

	if (game.model->participant_count >= MODEL_PARTICIPANTS - 8)
		return;
	NOTE("begin a flight: key %lu, deadline %#lx", hold->key, deadline);
	trip = prepare(hold);
	first = suspend_first(hold, deadline, trip->urgency);
	if (first != NULL && begin(hold, first, trip) == LT_SUSPENDED)
		take_off(index);
	else
		forget(trip);
}

static void
fly_alone(size_t index)
{
	struct participant *hold = game.hold[index];

	NOTE("begin a flight alone: key %lu", hold->key);
	lt_flight_begin_alone(prepare(hold)->flight);
	(void)model_begin_flight(game.model, hold, NULL);
	take_off(index);
}

void
game_call(unsigned slot, uint64_t deadline)
{
	const size_t holds = game.holds, pins = game.pins, suspensions = game.suspensions;

	game_acquire(slot, false, 0, LT_OR_PIN);
	/* While it looked for its key, others may have changed what there is. */
	if (game.holds > holds && !game.interferes) {
		fly(holds, deadline);
		return;
	}
	if (game.pins > pins)
		game_suspend(game.pins - 1, false, deadline);
	if (game.suspensions > suspensions)
		game_begin(suspensions);
}

static void
describe(size_t index)
{
	struct participant *flight = game.flight[index];
	const uint64_t id = game.identified + 1;

	NOTE("describe the flight of key %lu", flight->key);
	lt_flight_describe(trip_of(flight)->flight);
	if (!flight->is_tracked || flight->is_described)
		return;
	flight->id = id;
	flight->serial = 0;
	model_describe(game.model, flight);
}

void
game_step_fly(bool alone, uint64_t deadline)
{
	size_t hold;

	if (game.holds == 0)
		return;
	hold = input_below(&game.input, game.holds);
	if (alone)
		fly_alone(hold);
	else
		fly(hold, deadline);
}

/* --- landing ------------------------------------------------------------------------------ */

/* In the model, all have landed by then, and the key is not released. */
void
game_come_between(void)
{
	const struct participant *landing = game.landing;
	const size_t pins = game.pins, suspensions = game.suspensions;

	if (landing == NULL)
		return;
	game.landing = NULL;
	NOTE("  meanwhile:");
	game_pin(landing->key);
	if (game.pins > pins)
		game_suspend(pins, false, LT_FOREVER);
	if (game.suspensions > suspensions)
		game_begin(suspensions);
}

void
game_land(size_t index)
{
	struct participant *flight = game.flight[index];

	NOTE("land the flight of key %lu", flight->key);
	game.flight[index] = game.flight[--game.flights];
	game.over[game.landed++] = flight;
	model_land(game.model, flight);
	/* With a limit, it would depend on how many are left. */
	if (flight->readers > LANDED_AT_ONCE && game.table != NULL && !game.interferes &&
	    game.config.most_waiters == 0)
		game.landing = flight;
	lt_flight_land(trip_of(flight)->flight);
	game.landing = NULL;
	model_landed(game.model, flight);
}

void
game_step_land(void)
{

	if (game.flights > 0)
		game_land(input_below(&game.input, game.flights));
}

void
game_check_landed(const struct participant *waiter)
{

	if (waiter->state != LEFT || waiter->reason != LT_LANDED)
		return;
	SAME(lt_suspension_flight(waiter->suspension) == trip_of(waiter->landed),
	    "a waiter for key %u has the result of another flight", waiter->key);
	SAME(trip_of(waiter->landed)->released == 0, "a flight was released that is still read");
}

static void
raise_waiter(size_t index)
{
	const struct participant *waiter = game.suspension[index];
	uint8_t *urgency = urgency_of(waiter);
	const uint8_t to = input_byte(&game.input);

	NOTE("raise a waiter for key %lu to %lu", waiter->key, to);
	lt_suspension_raise(waiter->suspension, to);
	if (to > *urgency)
		*urgency = to;
}

void
game_step_aloft(bool raises)
{

	if (raises && game.suspensions > 0)
		raise_waiter(input_below(&game.input, game.suspensions));
	else if (game.flights > 0)
		describe(input_below(&game.input, game.flights));
}

/* --- after each operation ------------------------------------------------------------------ */

/* A flight that was not cancelled is as urgent as its waiters. */
static void
check_urgency(const struct participant *flight)
{
	const struct model_key *key = &game.model->keys[flight->key];

	for (size_t i = 0; i < key->queued && flight->flight == IS_FLYING; i++)
		SAME(*urgency_of(key->queue[i]) <= trip_of(flight)->urgency,
		    "the flight of key %u is less urgent than a waiter", flight->key);
}

static void
check_flight(const struct participant *flight)
{
	const struct trip *trip = trip_of(flight);

	SAME(trip->cancelled == flight->is_cancelled, "the flight of key %u was cancelled "
	    "%u times, not %u", flight->key, trip->cancelled, flight->is_cancelled);
	SAME(trip->released == model_is_released(flight), "the flight of key %u was released "
	    "%u times, not %u", flight->key, trip->released, model_is_released(flight));
}

void
game_check_flights(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < game.flights; i++) {
		check_flight(game.flight[i]);
		check_urgency(game.flight[i]);
	}
	for (size_t i = 0; i < game.landed; i++) {
		check_flight(game.over[i]);
		if (model_is_released(game.over[i]))
			model_forget(game.model, game.over[i]);
		else
			game.over[kept++] = game.over[i];
	}
	game.landed = kept;
}

/* Flights: tables for them, and what the scenarios note of each. */
#ifndef CORE_FLIGHTS_H
#define CORE_FLIGHTS_H

#include "support.h"

/* The object of a flight: what the table has done with it. */
struct trip {
	lt_flight_room_t room;
	lt_flight_t *flight;
	unsigned cancelled, released;
	unsigned raised;		/* How often, */
	uint8_t urgency;		/* and to what. */
	bool was_apart;			/* When it was cancelled. */
};

lt_table_t *flights_make(enum form, uint32_t stripes);
/* The same, or NULL if memory ran out. */
lt_table_t *flights_try_make(enum form, uint32_t stripes);
/* Makes the flight of a hold. */
void flights_prepare(struct trip *, lt_hold_t, uint8_t urgency);
/* Acquires a free key, and begins its flight, for which the sleeper waits. */
void flights_begin(struct trip *, struct sleeper *, lt_table_t *, enum form, uint64_t number);
/*
 * Begins the flight of a hold. False: there was no memory for the sleeper, or the flight was
 * refused, for the reason that is allowed, and the caller had the key as before. It was released.
 */
bool flights_try_begin(struct trip *, struct sleeper *, lt_hold_t, uint64_t deadline,
    lt_status_t reason);
/* The same for a sleeper that was granted its key. */
void flights_begin_granted(struct trip *, struct sleeper *);
/* Ends a sleeper that a flight has landed; or complains. */
void flights_expect_landed(struct sleeper *, const struct trip *);
/* Ends a sleeper that has left for that reason. */
void flights_expect_left(struct sleeper *, lt_status_t reason);

#endif /* CORE_FLIGHTS_H */

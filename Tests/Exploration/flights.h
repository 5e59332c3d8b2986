/* Shared by flights.c and tasks.c, state.c, program.c. */
#ifndef FLIGHTS_H
#define FLIGHTS_H

#include "program.h"

struct lt_entry;
struct lt_record;
struct trip;

extern const lt_flight_operations_t flight_operations;

void flights_reset(void);
/* In each state: who waits for which flight. */
void flights_check(const struct lt_entry *, int key);
/* Is it the record of a flight that does not say yet who does the work? */
bool flights_keep(const struct lt_entry *, const struct lt_record *);
void flights_check_counts(const lt_statistics_t *);

/* The flight has begun: another thread does its work. */
void flight_launch(struct trip *);
lt_flight_t *trip_flight(const struct trip *);

/*
 * Waits as a task: for a pinned key, or, with a trip, for the flight that begins with that hold.
 * The caller ends the suspension. The continuation's task is known to be waiting for a flight.
 */
lt_status_t task_wait(lt_suspension_t **, lt_hold_t, int key, struct how, struct trip *);
void task_waits_for(void *continuation, const void *trip);

#endif /* FLIGHTS_H */

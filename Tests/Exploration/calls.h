/* Shared by calls.c and tasks.c. */
#ifndef CALLS_H
#define CALLS_H

#include "program.h"

/* A call that has the key in hand begins and ends; `as_task`: also while it sleeps. */
void begin_call(int key, bool as_task);
void end_call(int key);
lt_hold_t acquire(int key, bool shared, uint64_t deadline);
/* Holds the key for a step, and releases it. */
void hold_for_a_while(int key, lt_hold_t hold, bool shared);

void tasks_reset(void);
void run_a(const struct call *);
void run_h(const struct call *);
void run_b(const struct call *);
void run_r(const struct call *);
void run_f(const struct call *);
void run_j(const struct call *);
void run_y(const struct call *);
void run_z(const struct call *);
void run_u(const struct call *);

#endif /* CALLS_H */

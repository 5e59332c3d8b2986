/* The calls that programs are made of (kinds.c), and what they share. */
#ifndef CALLS_H
#define CALLS_H

#include "program.h"

/* A call that has the key in hand begins and ends; `as_task`: also while it sleeps. */
void begin_call(int key, bool as_task);
void end_call(int key);
lt_hold_t pin(int key);
lt_hold_t acquire(int key, bool shared, uint64_t deadline);
/*
 * Was the table shut down before a call that begins now? A load of an old value may not see that.
 */
bool was_shut_down(void);
/* Checks that a call may have failed with that status, if its form can fail. */
void check_failure(struct how, lt_status_t);
/* The same of a hold, if it has failed. */
bool has_failed(lt_hold_t, struct how);
struct how how_of(const struct call *);
uint64_t deadline_of(struct how);
/* Of a thread that has no deadline. */
extern const struct how never_fails;
/* Holds the key for a step, and releases it. */
void hold_for_a_while(int key, lt_hold_t hold, bool shared);
/* The hold of a call that no switch overlaps has a record exactly if recording was on. */
void check_is_recorded(int key, lt_hold_t);
/* The call that runs names the table no more. */
void end_naming(void);

/* A hold's beginning and end, as the model sees them; and a downgrade, which returns the hold. */
struct participant *hold_enter(int key, lt_hold_t hold, bool shared);
void hold_leave(struct participant *);
lt_hold_t hold_downgrade(struct participant *);

/* Values that entries keep: what the table ends them by, and how many there are. */
void kept_reset(void);
void kept_end(void *context, void *place);
size_t kept_count(void);
extern const size_t kept_size;

void run_set(const struct call *);
void run_drop(const struct call *);
void run_see(const struct call *);
void run_use(const struct call *);
void run_acquire(const struct call *);
void run_fast_release(const struct call *);
void run_downgrade(const struct call *);
void run_pin(const struct call *);
void run_multi(const struct call *);
void run_multi_by_pins(const struct call *);
void run_inspect(const struct call *);
void run_record(const struct call *);
void run_shut_down(const struct call *);
void run_fail(const struct call *);
void run_ticker(const struct call *);
void run_close(const struct call *);
void run_pin_many(const struct call *);
void run_capacity(const struct call *);
/* Permits, as `has_permits` says: one is shared, and two are not. */
lt_hold_t acquire_permits(int key, const lt_key_t *, bool shared, uint64_t deadline,
    struct value *);
void release_permits(lt_hold_t, bool shared);
/* Two of a key are all that there ever are: what a call comes to that no other one overlaps. */
lt_status_t permits_expected(int key, bool shared, uint64_t deadline);
void run_task(const struct call *);
void run_flight(const struct call *);
void tasks_reset(void);
void run_turn(const struct call *);
void turns_reset(void);

#endif /* CALLS_H */

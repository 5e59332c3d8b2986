/* Held keys with many that wait for them until a deadline. */
#ifndef HELD_KEYS_H
#define HELD_KEYS_H

#include "support.h"

#define MS	UINT64_C(1000000)
#define MOST_HELD_KEYS	300

/* Keys that are held, for others to wait for. */
struct held_keys {
	lt_table_t *table;
	uint64_t keys;
	lt_hold_t holds[MOST_HELD_KEYS];
};

void held_keys_open(struct held_keys *held, uint64_t keys, uint32_t fairness);
void held_keys_close(struct held_keys *held);
bool is_suspended_or_late(lt_status_t status, uint64_t deadline);
void held_keys_suspend(struct held_keys *held, struct sleeper *sleeper, uint64_t number,
    uint64_t deadline);
void sleeper_cancel(struct sleeper *sleeper);
void sleeper_await_time_out(struct sleeper *sleeper);

#endif /* HELD_KEYS_H */

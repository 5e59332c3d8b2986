/* Held keys with many that wait for them until a deadline. */
#ifndef HALL_H
#define HALL_H

#include "support.h"

#define MS	UINT64_C(1000000)
#define MANY	300

/* Keys that are held, for others to wait for. */
struct hall {
	lt_table_t *table;
	uint64_t keys;
	lt_hold_t holds[MANY];
};

void hall_open(struct hall *hall, uint64_t keys, uint32_t fairness);
void hall_close(struct hall *hall);
bool hall_is_waited_for(lt_status_t status, uint64_t deadline);
void hall_line_up(struct hall *hall, struct sleeper *sleeper, uint64_t number, uint64_t deadline);
void hall_cancel(struct sleeper *sleeper);
void hall_await_expiry(struct sleeper *sleeper);

#endif /* HALL_H */

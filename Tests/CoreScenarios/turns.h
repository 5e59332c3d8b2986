/* Turns of a contended key, by a single thread. */
#ifndef CORE_TURNS_H
#define CORE_TURNS_H

#include "contended_key.h"

void turn_create(struct contended_key *, struct sleeper *turn, uint64_t deadline);
void turn_enqueue(struct contended_key *, struct sleeper *turn);
lt_status_t turn_await(struct sleeper *turn);
void turn_drop(struct sleeper *turn);
/* It has the key; takes the hold, and releases it. */
void turn_release(struct contended_key *, struct sleeper *turn);
/* It was awaited, and has ended without a key, which it does not need from then on. */
void turn_fail(struct contended_key *, struct sleeper *turn, lt_status_t reason);
bool turn_has_key(struct contended_key *, struct sleeper *turn);

#endif /* CORE_TURNS_H */

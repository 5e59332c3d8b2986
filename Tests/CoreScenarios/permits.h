/* Tables of permits, and one key of such a table. */
#ifndef CORE_PERMITS_H
#define CORE_PERMITS_H

#include "support.h"

/* The key is pinned from beginning to end. */
struct permits {
	lt_table_t *table;
	enum form form;
	lt_hold_t pin;
};

lt_table_t *permits_table(enum form, uint32_t fairness, uint32_t permits);
void permits_open(struct permits *, enum form, uint32_t fairness, uint32_t permits);
/* Expects that no permit is out. */
void permits_close(struct permits *);
/* Of the key, by a thread. */
lt_hold_t permits_try(struct permits *, uint32_t permits);
lt_hold_t permits_take(struct permits *, uint32_t permits, uint64_t deadline);
/* A task that waits for so many. */
void permits_prepare(struct permits *, struct sleeper *, uint32_t permits, uint64_t deadline);
void permits_enqueue(struct permits *, struct sleeper *, uint32_t permits);
/* Has it got so many by a grant? It gives them back. */
void permits_return(struct sleeper *, uint32_t permits);
/* Asks, and sets what was answered. */
void permits_answer(struct permits *, uint32_t capacity);
/* So many permits are out, for so many pins, holds and waiters. */
bool permits_are(struct permits *, uint32_t out, uint32_t references);
void for_each_form_and_policy(void (*scenario)(enum form, uint32_t));

/*
 * What follows is the body of a scenario of one form of keys, `form`, and one policy, `fairness`.
 */
#define PERMITS_SCENARIO(name)							\
	static void name##_of(enum form form, uint32_t fairness);		\
	SCENARIO(name)								\
	{									\
										\
		for_each_form_and_policy(name##_of);				\
	}									\
	static void name##_of(enum form form, uint32_t fairness)

#endif /* CORE_PERMITS_H */

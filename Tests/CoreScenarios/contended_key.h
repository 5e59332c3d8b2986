/* One key that suspensions wait for, and what is expected of them. */
#ifndef CONTENDED_KEY_H
#define CONTENDED_KEY_H

#include "support.h"

/* The key that all contend for: free, or held by `hold`, and inspected through a pin. */
struct contended_key {
	lt_table_t *table;
	enum form form;
	lt_hold_t pin;
	lt_hold_t hold;
};

void contended_open(struct contended_key *contended, enum form form, uint32_t fairness);
void contended_close(struct contended_key *contended);
void contended_prepare(struct contended_key *contended, struct sleeper *sleeper);
void contended_prepare_reader(struct contended_key *contended, struct sleeper *sleeper);
void contended_enqueue(struct contended_key *contended, struct sleeper *sleeper);
void contended_enqueue_reader(struct contended_key *contended, struct sleeper *sleeper);
/* A task that cannot be refused is queued. */
void contended_enqueue_unrefused(struct contended_key *contended, struct sleeper *sleeper);
void contended_barge(struct contended_key *contended);
bool contended_is_free(struct contended_key *contended);
void contended_release_granted(struct contended_key *contended, struct sleeper *sleeper);
void contended_release_granted_reader(struct contended_key *contended, struct sleeper *sleeper);
bool sleeper_gets_key(struct sleeper *sleeper);
void sleeper_expect_failure(struct sleeper *sleeper, lt_status_t reason);
void for_each_form_and_fairness(void (*scenario)(enum form, uint32_t));

/*
 * Waiters of a held key, in this order: a task; a thread that can be refused; one that cannot; a
 * reader task; a task that cannot be refused.
 */
struct mixed_line {
	struct contended_key contended;
	struct sleeper first, reader, last;
	struct holder timed, endless;
	struct crew crew;
};

void mixed_line_open(struct mixed_line *line, enum form form, uint32_t fairness);
/* Those that cannot be refused are left. They have the key, one after the other. */
void mixed_line_close(struct mixed_line *line);

#endif /* CONTENDED_KEY_H */

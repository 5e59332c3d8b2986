/* Calls for several keys, spelled as texts. */
#ifndef MULTI_CALL_H
#define MULTI_CALL_H

#include "support.h"

#define KEYS	4
#define MOST	8

/* The ways to acquire several keys. Only tables of integers have all of them. */
enum way { IN_ONE_CALL, PINNED, AS_INTEGERS, WAYS };

/* Lists of keys: "13" are the keys 1 and 3. */
extern const char *const lists[6];

struct multi_call {
	struct key keys[MOST];
	lt_hold_t holds[MOST];
	size_t count, taken;
};

bool has_way(enum form, enum way);
/* The call asks for the key at `index` in this mode. */
void multi_call_set_mode(struct multi_call *, size_t index, bool shared);
/* Of the list, the keys in `shared` are acquired in shared mode. */
lt_status_t multi_call_acquire(struct multi_call *, lt_table_t *, enum form, enum way,
    const char *list, const char *shared, uint64_t deadline);

/* A thread's call for the keys 1 to 3, which waits as long as it may, and what it came to. */
struct multi_caller {
	lt_table_t *table;
	enum form form;
	lt_status_t status;
};

void *multi_caller_run(void *caller);

/* How many acquisitions the table has counted. */
uint64_t acquisitions_of(lt_table_t *);
/* How many different keys the list has. */
size_t count_different(const char *list);
/* Runs it for each form of key, number of stripes, fairness and way. */
void for_each_way(void (*scenario)(lt_table_t *, enum form, enum way));

#endif /* MULTI_CALL_H */

#include "multi_call.h"

#include <string.h>

const char *const lists[6] = { "1234", "4321", "2413", "31424123", "1111", "3423" };

bool
has_way(enum form form, enum way way)
{

	return way != AS_INTEGERS || form == INTEGERS;
}

void
multi_call_set_mode(struct multi_call *call, size_t index, bool shared)
{
	lt_hold_t *hold = &call->holds[index];

	hold->place = (void *)((uintptr_t)hold->place | (shared ? LT_SHARED_BIT : 0));
}

lt_status_t
multi_call_acquire(struct multi_call *call, lt_table_t *table, enum form form, enum way way,
    const char *list, const char *shared, uint64_t deadline)
{
	lt_key_t prepared[MOST];

	call->count = strlen(list);
	call->taken = 0;
	for (size_t i = 0; i < call->count; i++) {
		const uint64_t number = (uint64_t)(list[i] - '0');

		key_make(&call->keys[i], table, form, number);
		prepared[i] = call->keys[i].prepared;
		call->holds[i] = way == PINNED ? pin(table, form, number) : (lt_hold_t){ NULL, number };
		multi_call_set_mode(call, i, strchr(shared, list[i]) != NULL);
	}
	if (way == PINNED)
		return lt_acquire_pinned(call->holds, &call->count, deadline);
	if (way == AS_INTEGERS)
		return lt_acquire_multi_integers(table, call->holds, &call->count, &call->taken,
		    deadline);
	return lt_acquire_multi(table, prepared, call->holds, &call->count, &call->taken, deadline);
}

void *
multi_caller_run(void *pointer)
{
	struct multi_caller *caller = pointer;
	struct multi_call call;

	caller->status = multi_call_acquire(&call, caller->table, caller->form, IN_ONE_CALL, "123",
	    "", LT_REFUSABLE);
	return NULL;
}

uint64_t
acquisitions_of(lt_table_t *table)
{
	lt_statistics_t statistics;

	lt_table_statistics(table, &statistics);
	return statistics.acquisitions;
}

size_t
count_different(const char *list)
{
	size_t count = 0;

	for (char number = '1'; number <= '0' + KEYS; number++)
		count += strchr(list, number) != NULL;
	return count;
}

void
for_each_way(void (*scenario)(lt_table_t *, enum form, enum way))
{

	for (enum form form = 0; form < FORMS; form++) {
		for (unsigned i = 0; i < 4 * WAYS; i++) {
			lt_table_t *table;

			if (!has_way(form, i % WAYS))
				continue;
			table = table_make(form, i / WAYS % 2 == 0 ? 1 : 64, i / WAYS / 2);
			scenario(table, form, i % WAYS);
			close_empty(table);
		}
	}
}

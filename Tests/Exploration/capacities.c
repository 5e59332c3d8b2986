/*
 * Permits: that no more are out than a key has, unless its capacity fell; that nobody passes a
 * request in line, or waits for more than there ever are; and that the latest answer counts.
 */
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"

#include <string.h>

#include "capacities.h"
#include "lt_capacity.h"
#include "program.h"

/* A key as it was in the state before. */
static struct {
	uint32_t out;
	unsigned stalled;		/* Waiters that were. */
	const struct lt_waiter *first;	/* In line. */
} before[KEYS];

void
capacities_reset(void)
{

	memset(before, 0, sizeof before);
}

void
capacities_forget(int key)
{

	memset(&before[key], 0, sizeof before[key]);
}

static uint32_t
capacity_of(const struct lt_entry *entry)
{

	return so_far.has_capacities ? lt_entry_extra(entry)->capacity : MOST_CAPACITY;
}

bool
capacities_admit(const struct lt_entry *entry, uint32_t permits)
{

	return entry->holders + permits <= capacity_of(entry);
}

uint32_t
capacities_known(int key)
{
	const struct model_key *known = &ex_model.keys[key];
	uint32_t permits = 0;

	for (size_t i = 0; i < known->held; i++)
		permits += known->holders[i]->is_shared ? 1 : 2;
	return permits;
}

void
capacities_check_out(const struct lt_entry *entry, int key)
{
	const uint32_t least = capacities_known(key);
	uint32_t most = least;

	for (int i = 0; i < EX_THREADS; i++)
		most += calls_of[key].in_call[i] ? 2 : 0;
	if (entry->holders < least || entry->holders > most)
		ex_fail("%u permits are out, of which callers have %u", entry->holders, least);
}

/* A running call about the key may be about to do what is missing. */
static bool
is_in_hand(int key)
{

	for (int i = 0; i < EX_THREADS; i++) {
		if (calls_of[key].in_call[i] && ex_is_running(i))
			return true;
	}
	return false;
}

static void
check_answer(const struct lt_entry *entry, int key)
{
	const uint32_t capacity = capacity_of(entry);

	if (is_in_hand(key) || !lt_entry_extra(entry)->is_asked)
		return;
	if (capacity != so_far.capacity[key])
		ex_fail("key %c has %u permits, and the latest answer is %u", key_name(key), capacity,
		    so_far.capacity[key]);
}

/* The waiter that was first in line has got what it wants; it is alive, or as it was at its end. */
static bool
was_granted(const struct lt_waiter *waiter)
{

	return waiter != NULL && (waiter->state == LT_GRANTED || waiter->state == LT_CLAIMED);
}

void
capacities_check(const struct lt_entry *entry, int key)
{
	const struct lt_waiter *waiter = entry->queue;
	const struct lt_waiter *first = waiter != NULL && waiter->state != LT_STALLED ? waiter : NULL;
	const uint32_t out = entry->holders, capacity = capacity_of(entry);
	unsigned stalled = 0;

	if (waiter != NULL) {
		do {
			stalled += waiter->state == LT_STALLED;
			if (waiter->permits == 0)
				ex_fail("a waiter wants no permits");
			if (waiter->permits > capacity && capacity > 0 && !is_in_hand(key))
				ex_fail("a waiter wants more permits than there ever are");
			waiter = waiter->next;
		} while (waiter != entry->queue);
	}
	if (out > before[key].out && out > capacity)
		ex_fail("%u permits of key %c are out, of %u", out, key_name(key), capacity);
	if (out == before[key].out && out > capacity && first != before[key].first &&
	    was_granted(before[key].first))
		ex_fail("a permit of key %c was handed on, and %u are out, of %u", key_name(key), out,
		    capacity);
	/* A waiter that had stalled was in line before. */
	if (out > before[key].out && first != NULL && first == before[key].first &&
	    stalled >= before[key].stalled)
		ex_fail("permits are out past a request that is first in line");
	if (so_far.has_capacities)
		check_answer(entry, key);
	before[key].out = out;
	before[key].stalled = stalled;
	before[key].first = first;
}

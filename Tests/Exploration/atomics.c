/*
 * Atomics keep their last values, and what a load may see is what C11 lets it see (as in
 * loom): any of them, but none older than one that happens before the load, or that a
 * load which does has seen. What differs from C11: all stores take effect in the order
 * in which they are made, and no value is older than KEPT stores.
 */
#include "memory.h"

#include <string.h>

#define KEPT		6
#define FAST		UINT32_C(0xc0000000)	/* LT_FAST in lt_states.h. */
#define MOST_ATOMICS	256

struct value {
	uint64_t bits;
	uint16_t written_at;
	uint16_t writer;
	ex_time_t order;		/* What a load that acquires comes after. */
	uint16_t seen[EX_THREADS];	/* When it was first loaded; 0 = not yet. */
};

struct atomic {
	unsigned count;			/* Of all values; the last KEPT of them are known. */
	uint16_t writer, written_at;	/* Of the first, if there is none. */
	struct value values[KEPT];
};

static struct atomic atomics[MOST_ATOMICS];
static unsigned atomic_count;
static ex_time_t acquirable[EX_THREADS], released[EX_THREADS], total;

void
atomics_reset(void)
{

	atomic_count = 0;
	memset(acquirable, 0, sizeof acquirable);
	memset(released, 0, sizeof released);
	memset(&total, 0, sizeof total);
}

void
atomic_forget(unsigned index, unsigned writer, unsigned written_at)
{

	atomics[index - 1].count = 0;
	atomics[index - 1].writer = (uint16_t)writer;
	atomics[index - 1].written_at = (uint16_t)written_at;
}

static uint64_t
bits_at(const void *address, size_t size)
{
	uint64_t bits = 0;

	memcpy(&bits, address, size);
	return bits;
}

static struct value *
value_of(struct atomic *atomic, unsigned number)
{

	return &atomic->values[number % KEPT];
}

static struct atomic *
atomic_at(const void *address, size_t size)
{
	uint16_t *index = atomic_index_at(address);
	struct atomic *atomic;

	if (*index == 0) {
		if (atomic_count == MOST_ATOMICS)
			ex_fail("more than %d atomics", MOST_ATOMICS);
		*index = (uint16_t)++atomic_count;
		atomic_forget(*index, uses_at(address)->writer, uses_at(address)->written_at);
	}
	atomic = &atomics[*index - 1];
	if (atomic->count == 0) {
		atomic->values[0] = (struct value){ .bits = bits_at(address, size),
			.writer = atomic->writer, .written_at = atomic->written_at };
		atomic->count = 1;
	}
	return atomic;
}

/* The oldest value that a load of this thread's may see. */
static unsigned
oldest_visible(struct atomic *atomic)
{
	const ex_time_t *now = ex_time_of(ex_self());
	unsigned number = atomic->count - 1;
	unsigned last = atomic->count > KEPT ? atomic->count - KEPT : 0;

	for (; number > last; number--) {
		const struct value *value = value_of(atomic, number);

		if (value->written_at <= now->at[value->writer])
			break;
		for (int i = 0; i < EX_THREADS; i++) {
			if (value->seen[i] > 0 && value->seen[i] <= now->at[i])
				return number;
		}
	}
	return number;
}

static bool
acquires(enum ex_order order)
{

	return order == EX_ACQUIRE || order == EX_CONSUME || order >= EX_ACQ_REL;
}

static void
see(struct value *value, enum ex_order order)
{
	const int self = ex_self();

	if (value->seen[self] == 0)
		value->seen[self] = ex_time_of(self)->at[self];
	ex_joins(acquires(order) ? ex_time_of(self) : &acquirable[self], &value->order);
	if (order == EX_SEQ_CST)
		ex_joins(ex_time_of(self), &total);
}

static void
append(struct atomic *atomic, uint64_t bits, enum ex_order order, const ex_time_t *sequence)
{
	const int self = ex_self();
	struct value *value = value_of(atomic, atomic->count++);

	*value = (struct value){ .bits = bits, .writer = (uint16_t)self,
	    .written_at = ex_time_of(self)->at[self] };
	value->order = order >= EX_RELEASE ? *ex_time_of(self) : released[self];
	/* An update goes on with the release sequence of what it replaces. */
	if (sequence != NULL)
		ex_joins(&value->order, sequence);
	if (order == EX_SEQ_CST)
		ex_joins(&total, ex_time_of(self));
	ex_tick();
}

static void
put(void *address, size_t size, uint64_t bits)
{

	memcpy(address, &bits, size);
}

uint64_t
ex_load(const void *address, size_t size, enum ex_order order)
{
	struct atomic *atomic;
	struct value *value;
	unsigned newest;

	/*
	 * Under the stripe's lock the only changes of what is loaded are the end of a fast hold, and
	 * that the table is shut down.
	 */
	if (ex_has_stripe() ? ex_changes_unlocked(address) ||
	    (size == sizeof(uint32_t) && *(const uint32_t *)address == FAST) : !ex_is_fixed(address))
		ex_step();
	access_atomic(address, size, false);
	atomic = atomic_at(address, size);
	newest = atomic->count - 1;
	value = value_of(atomic, newest - ex_choose(EX_STALE, newest - oldest_visible(atomic) + 1));
	see(value, order);
	ex_note(address, "loads %llx%s", (unsigned long long)value->bits,
	    value == value_of(atomic, newest) ? "" : ", which is not the newest value");
	return value->bits;
}

void
ex_store(void *address, size_t size, uint64_t bits, enum ex_order order)
{

	ex_step();
	ex_put(address, size, bits, order);
}

void
ex_put(void *address, size_t size, uint64_t bits, enum ex_order order)
{

	access_atomic(address, size, true);
	append(atomic_at(address, size), bits, order, NULL);
	put(address, size, bits);
	ex_note(address, "stores %llx", (unsigned long long)bits);
}

uint64_t
ex_update(void *address, size_t size, uint64_t (*with)(uint64_t, uint64_t), uint64_t operand,
    enum ex_order order)
{
	struct atomic *atomic;
	ex_time_t sequence;
	uint64_t old;

	ex_step();
	access_atomic(address, size, true);
	atomic = atomic_at(address, size);
	old = value_of(atomic, atomic->count - 1)->bits;
	sequence = value_of(atomic, atomic->count - 1)->order;
	see(value_of(atomic, atomic->count - 1), order);
	append(atomic, with(old, operand), order, &sequence);
	put(address, size, with(old, operand));
	ex_note(address, "replaces %llx by %llx", (unsigned long long)old,
	    (unsigned long long)with(old, operand));
	return old;
}

bool
ex_swap_if(void *address, size_t size, uint64_t *expected, uint64_t bits, enum ex_order order,
    enum ex_order failing)
{
	struct atomic *atomic;
	struct value *newest;
	ex_time_t sequence;
	uint64_t old;

	ex_step();
	atomic = atomic_at(address, size);
	newest = value_of(atomic, atomic->count - 1);
	old = newest->bits;
	access_atomic(address, size, old == *expected);
	if (old != *expected) {
		see(newest, failing);
		ex_note(address, "finds %llx", (unsigned long long)old);
		*expected = old;
		return false;
	}
	sequence = newest->order;
	see(newest, order);
	append(atomic, bits, order, &sequence);
	put(address, size, bits);
	ex_note(address, "swaps %llx for %llx", (unsigned long long)old, (unsigned long long)bits);
	return true;
}

void
ex_fence(enum ex_order order)
{
	const int self = ex_self();

	ex_step();
	if (acquires(order))
		ex_joins(ex_time_of(self), &acquirable[self]);
	if (order == EX_SEQ_CST) {
		ex_joins(ex_time_of(self), &total);
		ex_joins(&total, ex_time_of(self));
	}
	if (order >= EX_RELEASE)
		released[self] = *ex_time_of(self);
	ex_tick();
	ex_note(NULL, "fence");
}

void
ex_membarrier(void)
{

	ex_step();
	for (int i = 0; i < EX_THREADS; i++)
		ex_joins(&total, ex_time_of(i));
	/* What each does from now on is new to the others. */
	for (int i = 0; i < EX_THREADS; i++) {
		*ex_time_of(i) = total;
		ex_time_of(i)->at[i]++;
	}
	ex_note(NULL, "membarrier: all that was stored is seen by all");
}


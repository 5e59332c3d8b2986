/* The memory of a scenario: it is counted, fails where it is told to, and may stop a thread. */
#include "support.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define load(p)		__atomic_load_n((p), __ATOMIC_SEQ_CST)
#define store(p, v)	__atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define add(p, v)	__atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)

#define NEVER	UINT64_MAX

static struct {
	size_t outstanding, peak;
	uint64_t calls;
	uint64_t fail_from, fail_to;	/* Of `calls`. */
	bool failed;
} memory = { .fail_from = NEVER };

static _Thread_local bool is_ours;
static _Thread_local struct {
	struct stop *stop;
	enum stop_place place;
	unsigned after;
} asked;

void
stop_at(enum stop_place place, unsigned after, struct stop *stop)
{

	asked.place = place;
	asked.after = after;
	asked.stop = stop;
}

void
stop_if_asked(enum stop_place place)
{
	struct stop *stop = asked.stop;

	if (stop == NULL || asked.place != place || asked.after-- > 0)
		return;
	asked.stop = NULL;
	event_raise(&stop->reached);
	event_await(&stop->go_on, 1);
}

/* What precedes a block. The thread that frees it need not be the scenario's. */
struct block {
	_Alignas(max_align_t) size_t size;
	bool is_counted;
};

static void *
block_make(size_t size, bool is_counted)
{
	/* A pointer to an empty block has to point into it, or LeakSanitizer does not know it. */
	struct block *block = malloc(sizeof *block + (size > 0 ? size : 1));

	if (block == NULL)
		return NULL;
	block->size = size;
	block->is_counted = is_counted;
	return block + 1;
}

void *
memory_allocate(size_t size)
{
	uint64_t call;
	size_t now, peak;
	void *block;

	if (!is_ours)
		return block_make(size, false);

	stop_if_asked(STOP_ALLOCATE);
	call = add(&memory.calls, 1) - 1;
	if (call >= load(&memory.fail_from) && call < load(&memory.fail_to)) {
		store(&memory.failed, true);
		return NULL;
	}
	block = block_make(size, true);
	if (block == NULL)
		return NULL;
	/* What is not initialised shall not happen to be zero. */
	(void)memset(block, 0xa5, size);
	now = add(&memory.outstanding, size);
	for (peak = load(&memory.peak); now > peak;) {
		if (__atomic_compare_exchange_n(&memory.peak, &peak, now, false,
		    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			break;
	}
	return block;
}

void
memory_deallocate(void *memory_block, size_t size)
{
	struct block *block = (struct block *)memory_block - 1;

	EXPECT(block->size == size, "a block was freed with another size than it has");
	memory_disown(memory_block);
	(void)memset(memory_block, 0x5a, size);
	free(block);
}

void
memory_disown(void *memory_block)
{
	struct block *block = (struct block *)memory_block - 1;

	if (block->is_counted)
		(void)add(&memory.outstanding, -block->size);
	block->is_counted = false;
}

/* Before main(): later, another suite of the process might have a table already. */
static __attribute__((constructor)) void
install(void)
{
	static const lt_allocator_t counting = { memory_allocate, memory_deallocate };

	lt_set_allocator(&counting);
}

void
memory_begin(void)
{

	is_ours = true;
	memory_recover();
	store(&memory.outstanding, 0);
	store(&memory.peak, 0);
	store(&memory.calls, 0);
}

void
memory_end(void)
{

	is_ours = false;
}

void
memory_join(void)
{

	is_ours = true;
}

size_t
memory_outstanding(void)
{

	return load(&memory.outstanding);
}

size_t
memory_peak(void)
{

	return load(&memory.peak);
}

uint64_t
memory_calls(void)
{

	return load(&memory.calls);
}

void
memory_fail(uint64_t n, uint64_t many)
{
	uint64_t from = load(&memory.calls) + n;

	store(&memory.failed, false);
	store(&memory.fail_to, many > NEVER - from ? NEVER : from + many);
	store(&memory.fail_from, from);
}

void
memory_recover(void)
{

	store(&memory.fail_from, NEVER);
}

bool
memory_has_failed(void)
{

	return load(&memory.failed);
}

/*
 * The machine below the core, in place of lt_platform.c and of the files that it uses: memory,
 * sleeping, the clock, and the heavy fence.
 */
#define _GNU_SOURCE
#include "lines.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <time.h>

#include "CLockTable.h"
#include "lt_platform.h"
#include "lt_timer_state.h"

/* --- memory ------------------------------------------------------------------------------- */

/*
 * As an allocator with caches of threads gives it: a block goes to the list of the core that frees
 * it, whichever core has allocated it, and that core's next block of the size is this one. New
 * blocks come from a piece of memory that the core has for itself. As with glibc, a block begins at
 * a multiple of 16, and the 8 bytes before it are the allocator's. So blocks of 40 bytes follow one
 * another after 48, and many of them lie across two lines. What an allocator writes into a free
 * block is counted: the core that frees it has the block's first line then.
 */
#define STEP		16
#define HEADER		8
#define MOST_LISTED	((size_t)4096)
#define PIECE		((size_t)64 << 10)
#define FIRST		(CL_CORES * CL_STACK)

struct block {
	struct block *next;
};

static struct block *lists[CL_CORES][MOST_LISTED / STEP];
static struct {
	size_t next, end;
} pieces[CL_CORES];
static size_t used = FIRST;
/* The size of the block that begins at a step, or 0. */
static uint32_t sizes[CL_ARENA / STEP];

static struct lt_timer *timer;
static uint32_t *epochs;

/* At which threads sleep for stripes' locks. */
#define BUCKETS		64

static size_t
take(size_t size)
{
	const size_t offset = used;

	if (used + size > CL_ARENA)
		cl_fail("the arena is too small");
	used += size;
	return offset;
}

void
cl_machine_reset(void)
{

	memset(cl_arena(), 0, used);
	memset(sizes, 0, used / STEP * sizeof sizes[0]);
	cl_directory_reset(used);
	memset(lists, 0, sizeof lists);
	memset(pieces, 0, sizeof pieces);
	used = FIRST;
	epochs = (uint32_t *)(void *)(cl_arena() + take(BUCKETS * LT_CACHE_LINE));
	timer = (struct lt_timer *)(void *)(cl_arena() + take(sizeof *timer + LT_CACHE_LINE));
}

size_t
cl_machine_bytes(void)
{

	return used;
}

const char *
cl_block_of(const void *address, size_t *size)
{
	size_t offset = (size_t)((const char *)address - cl_arena());

	if (offset < FIRST || offset >= used)
		return NULL;
	for (offset -= offset % STEP; sizes[offset / STEP] == 0; offset -= STEP) {
		if (offset <= FIRST)
			return NULL;
	}
	*size = sizes[offset / STEP];
	return cl_arena() + offset;
}

/* With its header, in whole steps. */
static size_t
chunk_of(size_t size)
{

	return (size + HEADER + STEP - 1) / STEP * STEP;
}

void *
lt_allocate(size_t size)
{
	const size_t chunk = chunk_of(size);
	const int core = cl_core();
	struct block *block;
	size_t offset;

	if (chunk < MOST_LISTED && (block = lists[core][chunk / STEP]) != NULL) {
		cl_access(block, sizeof *block, false);
		lists[core][chunk / STEP] = block->next;
		offset = (size_t)((char *)block - cl_arena());
	} else if (chunk < MOST_LISTED) {
		if (pieces[core].next + chunk > pieces[core].end) {
			pieces[core].next = take(PIECE) + STEP;
			pieces[core].end = used - STEP;
		}
		offset = pieces[core].next;
		pieces[core].next += chunk;
	} else {
		/* As from mmap(): whole pages, and the block behind the first 16 bytes. */
		take(-used & 4095);
		offset = take((chunk + STEP + 4095) & ~(size_t)4095) + STEP;
	}
	sizes[offset / STEP] = (uint32_t)size;
	return cl_arena() + offset;
}

void *
lt_allocate_zeroed(size_t size)
{
	void *block = lt_allocate(size);

	cl_access(block, size, true);
	return memset(block, 0, size);
}

void *
lt_allocate_untouched(size_t size)
{

	return lt_allocate_zeroed(size);
}

void
lt_deallocate(void *memory, size_t size)
{
	const size_t chunk = chunk_of(size);
	struct block *block = memory;

	if (sizes[(size_t)((char *)memory - cl_arena()) / STEP] != size)
		cl_fail("a block of %zu bytes is freed that is none", size);
	if (chunk >= MOST_LISTED)
		return;
	cl_access(block, sizeof *block, true);
	block->next = lists[cl_core()][chunk / STEP];
	lists[cl_core()][chunk / STEP] = block;
}

/* --- sleeping ----------------------------------------------------------------------------- */

long cl_futex(uint32_t *, int, uint32_t, const struct timespec *);

/* The kernel reads the word; what else it uses is not counted. */
long
cl_futex(uint32_t *word, int operation, uint32_t value, const struct timespec *limit)
{
	uint64_t until = UINT64_MAX;

	cl_pass(CL_CALL_NS);
	if ((operation & FUTEX_CMD_MASK) == FUTEX_WAKE) {
		cl_wake(word);
		return 0;
	}
	if (limit != NULL)
		until = (uint64_t)limit->tv_sec * 1000000000u + (uint64_t)limit->tv_nsec;
	cl_access(word, sizeof *word, false);
	if (*word != value) {
		errno = EAGAIN;
		return -1;
	}
	if (cl_sleep(word, until))
		return 0;
	errno = ETIMEDOUT;
	return -1;
}

/* As lt_platform.c chooses one of its buckets. */
static uint32_t *
epoch_of(const void *address)
{
	const uint64_t mixed = (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);

	return epochs + (mixed >> 58) * (LT_CACHE_LINE / sizeof *epochs);
}

uint32_t
lt_wake_epoch(const void *address)
{

	cl_access(epoch_of(address), sizeof *epochs, false);
	return *epoch_of(address);
}

bool
lt_sleep_in_epoch(const void *address, uint32_t epoch, uint32_t limit_ns)
{

	cl_pass(CL_CALL_NS);
	cl_access(epoch_of(address), sizeof *epochs, false);
	return *epoch_of(address) == epoch && cl_sleep(address, cl_clock() + limit_ns);
}

void
lt_wake_one(const void *address)
{

	cl_access(epoch_of(address), sizeof *epochs, true);
	++*epoch_of(address);
	cl_pass(CL_CALL_NS);
	cl_wake(address);
}

/* --- time and fences ---------------------------------------------------------------------- */

void cl_pause(void);

void
cl_pause(void)
{

	cl_pass(CL_PAUSE_NS);
}

uint32_t
lt_pauses_in_ns(uint32_t nanoseconds)
{

	return nanoseconds >= CL_PAUSE_NS ? nanoseconds / CL_PAUSE_NS : 1;
}

void
lt_measure_pause(void)
{
}

void
lt_yield(void)
{

	cl_pass(CL_CALL_NS);
}

uint64_t
lt_now_ns(void)
{

	cl_pass(CL_CLOCK_NS);
	return cl_clock();
}

uint64_t
lt_coarse_now_ns(void)
{

	return cl_clock();
}

uint64_t
lt_deadline_after_ns(uint64_t nanoseconds)
{

	return cl_clock() + nanoseconds;
}

bool
lt_heavy_fence_exists(void)
{

	return true;
}

bool
lt_heavy_fence(void)
{

	cl_interrupt_others();
	cl_pass(CL_FENCE_NS);
	return true;
}

/* --- what the scenarios do without -------------------------------------------------------- */

struct lt_timer *
lt_timer_of_process(void)
{

	return timer;
}

bool
lt_start_thread(const char *name, void *(*run)(void *), void *argument)
{

	(void)run;
	(void)argument;
	cl_fail("a thread is started: %s", name);
}

bool
lt_random(void *bytes, size_t length)
{

	(void)bytes;
	(void)length;
	cl_fail("a table has no seed");
}

void
lt_trap(const char *sentence)
{

	cl_fail("the core says: %s", sentence);
}

uint8_t
lt_real_time_priority(void)
{

	return 0;
}

uint32_t
lt_usable_cores(void)
{

	return (uint32_t)cl_core_count();
}

uint64_t
lt_next_serial(void)
{

	cl_fail("there are no records");
}

void
lt_identify_thread(lt_acquirer_t *who)
{

	(void)who;
}

void
lt_name_thread(lt_acquirer_t *who)
{

	(void)who;
}

void
lt_note_join(void)
{
}

const lt_call_t *
lt_this_call(void)
{
	static const lt_call_t unknown;

	return &unknown;
}

void
lt_condition_init(pthread_cond_t *condition)
{

	(void)condition;
}

bool
lt_condition_try_init(pthread_cond_t *condition)
{

	(void)condition;
	return true;
}

bool
lt_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline)
{

	(void)condition;
	(void)mutex;
	(void)deadline;
	cl_fail("a condition is waited for");
}

void
lt_mutex_init(pthread_mutex_t *mutex)
{

	(void)mutex;
}

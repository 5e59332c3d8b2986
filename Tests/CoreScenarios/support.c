#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED	true
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED	true
#endif
#ifndef SANITIZED
#define SANITIZED	false
#endif
/* An emulator shows that the code runs, however often. It shows no order of memory. */
#ifdef CORE_EMULATED
#define IS_EMULATED	true
#else
#define IS_EMULATED	false
#endif

#define load(p)		__atomic_load_n((p), __ATOMIC_SEQ_CST)
#define store(p, v)	__atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define add(p, v)	__atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)

/* --- complaints --------------------------------------------------------------- */

static const char *complaint;

void
complain(const char *sentence)
{
	const char *none = NULL;

	(void)__atomic_compare_exchange_n(&complaint, &none, sentence, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST);
}

const char *
first_complaint(void)
{

	return load(&complaint);
}

void
forget_complaints(void)
{

	store(&complaint, NULL);
}

static bool is_telling;

void
core_scenario_tell(void)
{

	is_telling = true;
}

void
tell(const char *format, ...)
{
	va_list arguments;

	if (!is_telling)
		return;
	(void)printf("    ");
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)printf("\n");
}

/* --- threads ------------------------------------------------------------------ */

struct start {
	void *(*work)(void *);
	void *argument;
};

static void *
begin(void *pointer)
{
	struct start start = *(struct start *)pointer;

	free(pointer);
	memory_join();
	return start.work(start.argument);
}

void
crew_add(struct crew *crew, void *(*work)(void *), void *argument)
{
	struct start *start = malloc(sizeof *start);

	if (start == NULL || crew->count == MOST_THREADS)
		abort();
	*start = (struct start){ work, argument };
	if (pthread_create(&crew->threads[crew->count++], NULL, begin, start) != 0)
		abort();
}

void
crew_join(struct crew *crew)
{

	for (size_t i = 0; i < crew->count; i++)
		(void)pthread_join(crew->threads[i], NULL);
	crew->count = 0;
}

void
event_raise(struct event *event)
{

	(void)pthread_mutex_lock(&event->mutex);
	event->times++;
	(void)pthread_cond_broadcast(&event->condition);
	(void)pthread_mutex_unlock(&event->mutex);
}

void
event_await(struct event *event, unsigned times)
{

	(void)pthread_mutex_lock(&event->mutex);
	while (event->times < times)
		(void)pthread_cond_wait(&event->condition, &event->mutex);
	(void)pthread_mutex_unlock(&event->mutex);
}

unsigned
event_times(struct event *event)
{
	unsigned times;

	(void)pthread_mutex_lock(&event->mutex);
	times = event->times;
	(void)pthread_mutex_unlock(&event->mutex);
	return times;
}

static bool repeats_less;

void
core_scenario_repeat_less(void)
{

	repeats_less = true;
}

unsigned
scaled(unsigned times)
{

	return is_sanitized() || IS_EMULATED || repeats_less ? (times + 7) / 8 : times;
}

bool
is_sanitized(void)
{

	return SANITIZED;
}

void
pass_time(uint64_t nanoseconds)
{
	struct timespec left = { .tv_sec = (time_t)(nanoseconds / 1000000000),
	    .tv_nsec = (long)(nanoseconds % 1000000000) };

	while (nanosleep(&left, &left) != 0)
		;
}

uint64_t
random_next(uint64_t *state)
{

	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

void
witness_enter(struct witness *witness)
{

	EXPECT(witness->inside == 0, "two threads held one key");
	witness->inside = 1;
	witness->entries++;
}

void
witness_leave(struct witness *witness)
{

	EXPECT(witness->inside == 1, "two threads held one key");
	witness->inside = 0;
}

/* --- memory ------------------------------------------------------------------- */

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

void
await_end_of_ticker(struct event *ended, size_t before)
{

	event_await(ended, 1);
	while (memory_outstanding() > before)
		pass_time(100000);
	EXPECT(event_times(ended) == 1, "the end came twice");
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

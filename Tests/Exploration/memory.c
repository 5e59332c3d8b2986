/*
 * What is ordered by what. Every byte knows the thread that last wrote it and those that read it
 * since, in vector time (FastTrack: Flanagan and Freund, 2009); an access that is not ordered with
 * the others, where one of them writes and not both are atomic, is a failure. So is one
 * of what was freed, or of the stack of a call that has returned.
 */
#include "memory.h"

#include <string.h>

/* Kept for four bytes together until one of them is accessed alone. */
#define WORD	4
#define WORDS	(EX_MEMORY / WORD)

/* Static, so that the addresses are constants. Pages that no execution touches take no memory. */
static char memory[EX_MEMORY] __attribute__((aligned(4096)));
static struct uses words[WORDS] __attribute__((aligned(64)));
static struct uses splits[WORDS][WORD];
static uint32_t generation;
static ex_time_t times[EX_THREADS];

char *
ex_memory(void)
{

	return memory;
}

void
ex_memory_reset(void)
{

	generation++;
	memset(times, 0, sizeof times);
	atomics_reset();
	blocks_reset();
}

/* --- time --------------------------------------------------------------------------- */

void
ex_joins(ex_time_t *to, const ex_time_t *from)
{

	for (int i = 0; i < EX_THREADS; i++)
		to->at[i] = to->at[i] < from->at[i] ? from->at[i] : to->at[i];
}

ex_time_t *
ex_time_of(int thread)
{

	return &times[thread];
}

void
ex_thread_begins(int thread, int parent)
{

	ex_joins(&times[thread], &times[parent]);
	times[thread].at[thread]++;
	if (thread != parent)
		times[parent].at[parent]++;
}

void
ex_tick(void)
{

	if (++times[ex_self()].at[ex_self()] == 0)
		ex_fail("more events than can be counted");
}

/* --- accesses ----------------------------------------------------------------------- */

static inline struct uses *
renewed(struct uses *word)
{

	if (word->generation != generation)
		*word = (struct uses){ .generation = generation };
	return word;
}

static inline struct uses *
word_at(const void *address)
{
	const size_t offset = (size_t)((const char *)address - memory);

	return offset < EX_MEMORY ? renewed(&words[offset / WORD]) : NULL;
}

uint16_t *
atomic_index_at(const void *address)
{
	struct uses *word = word_at(address);

	if (word == NULL || (uintptr_t)address % WORD != 0)
		ex_fail("an atomic that is not in the explorer's memory, or not aligned");
	return &word->atomic;
}

const struct uses *
uses_at(const void *address)
{

	return word_at(address);
}

/* A thread that did one of these things, unordered with what the current one does now; or -1. */
static inline int
unordered(ex_time_t when, ex_time_t now)
{
	union { times_t vector; uint64_t halves[2]; } later = { .vector = (times_t)(when.all > now.all) };

	if (__builtin_expect((later.halves[0] | later.halves[1]) == 0, 1))
		return -1;
	for (int i = 0; i < EX_THREADS; i++) {
		if (when.at[i] > now.at[i])
			return i;
	}
	return -1;
}

enum { PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE };

static const char *const whats[] = { "reads", "writes", "reads an atomic", "writes an atomic" };

static void
fail_race(const void *address, int access, int other, const char *how)
{

	ex_note(address, "%s", whats[access]);
	ex_fail("a race: %s %s, unordered with %s by %s", ex_name_of(ex_self()), whats[access], how,
	    ex_name_of(other));
}

static inline __attribute__((always_inline)) void
use(struct uses *uses, const void *address, int access, int self, const ex_time_t *now)
{
	int other;

	/* As it was used before, at the same time of this thread: nothing new can be seen. */
	if (access == PLAIN_READ && uses->reads.at[self] == now->at[self])
		return;
	if (access <= PLAIN_WRITE && uses->writer == self && uses->written_at == now->at[self])
		return;
	if (uses->written_at > now->at[uses->writer])
		fail_race(address, access, uses->writer, "a write");
	if (access <= PLAIN_WRITE && uses->is_atomic) {
		if ((other = unordered(uses->atomic_writes, *now)) >= 0)
			fail_race(address, access, other, "an atomic's write");
		if (access == PLAIN_WRITE && (other = unordered(uses->atomic_reads, *now)) >= 0)
			fail_race(address, access, other, "an atomic's read");
	}
	if ((access == PLAIN_WRITE || access == ATOMIC_WRITE) &&
	    (other = unordered(uses->reads, *now)) >= 0)
		fail_race(address, access, other, "a read");
	switch (access) {
	case PLAIN_READ:
		uses->reads.at[self] = now->at[self];
		break;
	case PLAIN_WRITE:
		uses->writer = (uint16_t)self;
		uses->written_at = now->at[self];
		break;
	case ATOMIC_READ:
		uses->is_atomic = true;
		uses->atomic_reads.at[self] = now->at[self];
		break;
	default:
		uses->is_atomic = true;
		uses->atomic_writes.at[self] = now->at[self];
	}
}

/* Stacks are used again; what another thread finds there must still be in use. */
static void
check_stack(const void *address, int self)
{
	const int owner = (int)(((size_t)((const char *)address - memory) - EX_ARENA) / EX_STACK);

	if (owner != self && (uintptr_t)address < ex_stack_top(owner)) {
		ex_note(address, "touches");
		ex_fail("%s touches the stack of a call of %s that has returned", ex_name_of(self),
		    ex_name_of(owner));
	}
}

static void
split(struct uses *word)
{

	for (int i = 0; i < WORD; i++)
		splits[word - words][i] = *word;
	word->is_split = true;
}

_Noreturn static void
fail_freed(const void *address, int access)
{

	ex_note(address, "%s", whats[access]);
	ex_fail("%s touches what was freed", ex_name_of(ex_self()));
}

/* Those bytes of one word. */
static inline __attribute__((always_inline)) void
use_word(struct uses *word, size_t first, size_t count, const void *address, int access, int self)
{

	if (word->is_freed)
		fail_freed(address, access);
	if (count < WORD && !word->is_split)
		split(word);
	if (!word->is_split)
		use(word, address, access, self, &times[self]);
	else
		for (size_t i = first; i < first + count; i++)
			use(&splits[word - words][i], address, access, self, &times[self]);
	/* An atomic that is given a value plainly begins anew. */
	if (access == PLAIN_WRITE && word->atomic > 0 && first == 0)
		atomic_forget(word->atomic, word->writer, word->written_at);
}

/* Inlined where the sort of access is known: half of an exploration's time is spent here. */
static inline __attribute__((always_inline)) void
access_as(const void *address, size_t size, int access)
{
	const size_t offset = (size_t)((const char *)address - memory), end = offset + size;
	const int self = ex_self();

	if (offset >= EX_MEMORY)
		return;
	if (offset >= EX_ARENA)
		check_stack(address, self);
	if (offset % WORD == 0 && size % WORD == 0) {
		for (struct uses *word = &words[offset / WORD]; word < &words[end / WORD]; word++)
			use_word(renewed(word), 0, WORD, address, access, self);
		return;
	}
	for (size_t at = offset, next; at < end; at = next) {
		next = at - at % WORD + WORD < end ? at - at % WORD + WORD : end;
		use_word(renewed(&words[at / WORD]), at % WORD, next - at, address, access, self);
	}
}

void
ex_read(const void *address, size_t size)
{

	access_as(address, size, PLAIN_READ);
}

void
ex_write(const void *address, size_t size)
{

	access_as(address, size, PLAIN_WRITE);
}

void
access_atomic(const void *address, size_t size, bool writes)
{

	if (writes)
		access_as(address, size, ATOMIC_WRITE);
	else
		access_as(address, size, ATOMIC_READ);
}

void
mark_freed(const char *start, size_t size)
{
	struct uses *word = word_at(start);

	for (size_t i = 0; i < size; i += WORD)
		renewed(word++)->is_freed = true;
}

bool
ex_is_freed(const void *address)
{
	const struct uses *word = word_at(address);

	return word != NULL && word->is_freed;
}

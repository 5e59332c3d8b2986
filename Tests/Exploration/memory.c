/*
 * What is ordered by what. Every byte knows who last wrote it and who read it since, in
 * vector time (FastTrack: Flanagan and Freund, 2009); an access that is not ordered with
 * the others, where one of them writes and not both are atomic, is a failure. So is one
 * of what was freed, or of the stack of a call that has returned.
 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Kept for four bytes together until one of them is accessed alone. */
#define WORD	4

struct word {
	uint32_t generation;
	uint16_t atomic;		/* 1 + its index; of an atomic that begins here. */
	bool is_split, is_freed;
	struct uses uses;
};

static char *memory;
static struct word *words;
static struct uses (*splits)[WORD];
static uint32_t generation;
static ex_time_t times[EX_THREADS];

char *
ex_memory(void)
{

	return memory;
}

static void *
reserve(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (room == MAP_FAILED)
		abort();
	return room;
}

void
ex_memory_reset(void)
{

	if (memory == NULL) {
		memory = reserve(EX_MEMORY);
		words = reserve(EX_MEMORY / WORD * sizeof words[0]);
		splits = reserve(EX_MEMORY / WORD * sizeof splits[0]);
	}
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

static struct word *
word_at(const void *address)
{
	size_t offset = (size_t)((const char *)address - memory);
	struct word *word = &words[offset / WORD];

	if (offset >= EX_MEMORY)
		return NULL;
	if (word->generation != generation) {
		memset(word, 0, sizeof *word);
		word->generation = generation;
	}
	return word;
}

uint16_t *
atomic_index_at(const void *address)
{
	struct word *word = word_at(address);

	if (word == NULL || (uintptr_t)address % WORD != 0)
		ex_fail("an atomic that is not in the explorer's memory, or not aligned");
	return &word->atomic;
}

const struct uses *
uses_at(const void *address)
{

	return &word_at(address)->uses;
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

static const char *const whats[] = { "reads", "writes", "reads an atomic", "writes an atomic" };

static void
fail_race(const void *address, int access, int other, const char *how)
{

	ex_note(address, "%s", whats[access]);
	ex_fail("a race: %s %s, unordered with %s by %s", ex_name_of(ex_self()), whats[access], how,
	    ex_name_of(other));
}

static inline void
use(struct uses *uses, const void *address, int access, int self, ex_time_t now)
{
	int other;

	if (uses->written_at > now.at[uses->writer])
		fail_race(address, access, uses->writer, "a write");
	if (access <= PLAIN_WRITE && (other = unordered(uses->atomic_writes, now)) >= 0)
		fail_race(address, access, other, "an atomic's write");
	if (access == PLAIN_WRITE && (other = unordered(uses->atomic_reads, now)) >= 0)
		fail_race(address, access, other, "an atomic's read");
	if ((access == PLAIN_WRITE || access == ATOMIC_WRITE) && (other = unordered(uses->reads, now)) >= 0)
		fail_race(address, access, other, "a read");
	switch (access) {
	case PLAIN_READ:
		uses->reads.at[self] = now.at[self];
		break;
	case PLAIN_WRITE:
		uses->writer = (uint16_t)self;
		uses->written_at = now.at[self];
		break;
	case ATOMIC_READ:
		uses->atomic_reads.at[self] = now.at[self];
		break;
	default:
		uses->atomic_writes.at[self] = now.at[self];
	}
}

/* Stacks are used again; what another thread finds there must still be in use. */
static void
check_stack(const void *address, int self)
{
	size_t offset = (size_t)((const char *)address - memory);
	int owner;

	if (offset < EX_ARENA || offset >= EX_MEMORY)
		return;
	owner = (int)((offset - EX_ARENA) / EX_STACK);
	if (owner != self && (uintptr_t)address < ex_stack_top(owner)) {
		ex_note(address, "touches");
		ex_fail("%s touches the stack of a call of %s that has returned", ex_name_of(self),
		    ex_name_of(owner));
	}
}

static void
split(struct word *word)
{

	for (int i = 0; i < WORD; i++)
		splits[word - words][i] = word->uses;
	word->is_split = true;
}

void
access_bytes(const void *address, size_t size, int access)
{
	const int self = ex_self();
	const ex_time_t now = times[self];
	const char *at = address, *end = at + size;

	check_stack(address, self);
	while (at < end) {
		struct word *word = word_at(at);
		size_t first = (uintptr_t)at % WORD, count = WORD - first;

		if (word == NULL)
			return;
		if (word->is_freed) {
			ex_note(address, "%s", whats[access]);
			ex_fail("%s touches what was freed", ex_name_of(self));
		}
		if ((size_t)(end - at) < count)
			count = (size_t)(end - at);
		if (count < WORD && !word->is_split)
			split(word);
		if (!word->is_split)
			use(&word->uses, address, access, self, now);
		else
			for (size_t i = first; i < first + count; i++)
				use(&splits[word - words][i], address, access, self, now);
		/* An atomic that is given a value plainly begins anew. */
		if (access == PLAIN_WRITE && word->atomic > 0 && first == 0)
			atomic_forget(word->atomic, word->uses.writer, word->uses.written_at);
		at += count;
	}
}

void
ex_read(const void *address, size_t size)
{

	access_bytes(address, size, PLAIN_READ);
}

void
ex_write(const void *address, size_t size)
{

	access_bytes(address, size, PLAIN_WRITE);
}

void
mark_freed(const char *start, size_t size)
{

	for (size_t i = 0; i < size; i += WORD)
		word_at(start + i)->is_freed = true;
}

bool
ex_is_freed(const void *address)
{
	const struct word *word = word_at(address);

	return word != NULL && word->is_freed;
}

/*
 * Which cores have which line, as a directory of the MESI protocol knows it: a mask of cores for
 * each line, of 64 bytes and of 128 bytes at once. Caches are unlimited, so a core has each line
 * that it has used until another core writes to it. A core that is alone in the mask may write
 * without telling anyone: its line is exclusive or modified. A transfer is counted
 *
 *   for a read	if this core has not got the line, and another one has;
 *   for a write	if another core has the line, whether or not this one has it, too.
 *
 * What no core has comes out of memory, and is not counted.
 */
#include "lines.h"

#include <string.h>

static char arena[CL_ARENA] __attribute__((aligned(4096)));
static uint64_t have_64[CL_ARENA / 64], have_128[CL_ARENA / 128];
/* When a line of 64 bytes arrives that is on its way last. */
static uint64_t arrivals[CL_ARENA / 64];

struct cl_counts cl_counts;

char *
cl_arena(void)
{

	return arena;
}

void
cl_directory_reset(size_t bytes)
{

	memset(have_64, 0, (bytes + 63) / 64 * sizeof have_64[0]);
	memset(have_128, 0, (bytes + 127) / 128 * sizeof have_128[0]);
	memset(arrivals, 0, (bytes + 63) / 64 * sizeof arrivals[0]);
}

void
cl_directory_share(size_t bytes, int cores)
{
	const uint64_t all = cores < 64 ? (UINT64_C(1) << cores) - 1 : UINT64_MAX;

	for (size_t i = 0; i < (bytes + 63) / 64; i++)
		have_64[i] = all;
	for (size_t i = 0; i < (bytes + 127) / 128; i++)
		have_128[i] = all;
}

static inline bool
moves(uint64_t cores, uint64_t self, bool writes)
{

	return (cores & ~self) != 0 && (writes || (cores & self) == 0);
}

/* Returns whether the line had to move. */
static inline bool
use(uint64_t *cores, uint64_t self, bool writes)
{
	const bool had_to_move = moves(*cores, self, writes);

	*cores = writes ? self : *cores | self;
	return had_to_move;
}

uint64_t
cl_arrival(int core, const void *address, size_t size, bool writes, uint64_t now)
{
	const size_t first = (size_t)((const char *)address - arena), last = first + size - 1;

	for (size_t line = first / 64; first < CL_ARENA && line <= last / 64; line++) {
		if (!moves(have_64[line], UINT64_C(1) << core, writes))
			continue;
		if (now < arrivals[line])
			now = arrivals[line];
		now += CL_TRANSFER_NS + (cl_random() >> 58);
		arrivals[line] = now;
	}
	return now;
}

void
cl_touch(int core, const void *address, size_t size, bool writes)
{
	const size_t first = (size_t)((const char *)address - arena), last = first + size - 1;
	const uint64_t self = UINT64_C(1) << core;

	if (first >= CL_ARENA)
		return;		/* A constant, or the stack of the set-up. */
	for (size_t line = first / 64; line <= last / 64; line++) {
		if (!use(&have_64[line], self, writes))
			continue;
		cl_field_moved(line == first / 64 ? address : arena + line * 64, writes);
		cl_counts.of_64++;
	}
	for (size_t line = first / 128; line <= last / 128; line++)
		cl_counts.of_128 += use(&have_128[line], self, writes);
}

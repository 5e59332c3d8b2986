/* The machine's memory: the arena as an allocator gives it to the core, and to the machine. */
#include "lines.h"

#include <string.h>

#include "lt_platform.h"

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

static size_t
take(size_t size)
{
	const size_t offset = used;

	if (used + size > CL_ARENA)
		cl_fail("the arena is too small");
	used += size;
	return offset;
}

void *
cl_take(size_t size)
{

	return cl_arena() + take(size);
}

void
cl_memory_reset(void)
{

	memset(cl_arena(), 0, used);
	memset(sizes, 0, used / STEP * sizeof sizes[0]);
	cl_directory_reset(used);
	memset(lists, 0, sizeof lists);
	memset(pieces, 0, sizeof pieces);
	used = FIRST;
}

size_t
cl_memory_bytes(void)
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

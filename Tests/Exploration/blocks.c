/* Memory that the core allocates. */
#include "memory.h"

#include <string.h>

#define MOST_BLOCKS	512

static struct { char *start; size_t size; bool freed; } blocks[MOST_BLOCKS];
static unsigned block_count;
static size_t used, allocated;

void
blocks_reset(void)
{

	block_count = 0;
	used = allocated = 0;
}

/* Never used twice in one execution: what is freed stays so. */
void *
ex_allocate(size_t size)
{
	size_t room = (size + 15) & ~(size_t)15;

	if (block_count == MOST_BLOCKS || used + room > EX_ARENA)
		ex_fail("an execution that needs more memory than the explorer has");
	blocks[block_count].start = ex_memory() + used;
	blocks[block_count].size = size;
	blocks[block_count].freed = false;
	used += room;
	allocated += size;
	memset(blocks[block_count].start, 0xa5, room);
	return blocks[block_count++].start;
}

void
ex_deallocate(void *start, size_t size)
{

	for (unsigned i = 0; i < block_count; i++) {
		if (blocks[i].start != start || blocks[i].freed)
			continue;
		if (size != blocks[i].size)
			ex_fail("a block of %zu bytes is freed as one of %zu", blocks[i].size, size);
		/* Freeing is a write: it comes after all that others did there. */
		ex_write(start, size);
		mark_freed(start, size);
		memset(start, 0xdd, size);
		blocks[i].freed = true;
		allocated -= size;
		ex_note(start, "frees");
		return;
	}
	ex_fail("%s frees what is no block, or was freed before", ex_name_of(ex_self()));
}

size_t
ex_allocated(void)
{

	return allocated;
}

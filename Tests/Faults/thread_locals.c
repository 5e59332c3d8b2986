/*
 * A program whose thread-local variables leave next to nothing of the core's own threads'
 * stacks, where glibc puts them: what users have done on those still has room.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "CLockTable.h"

#define ROOM	200000

static _Thread_local char large[1000000];
static int ticked;

static void
tick(void *unused)
{
	char deep[ROOM];

	(void)unused;
	(void)memset(deep, 1, sizeof deep);
	__asm__ volatile("" :: "r"(deep) : "memory");
	large[0] = deep[ROOM / 2];
	__atomic_store_n(&ticked, large[0], __ATOMIC_RELAXED);
}

static void
end(void *unused)
{

	(void)unused;
}

int
main(void)
{
	lt_watch_t *watch = lt_watch_start(1000000, tick, end, NULL);

	for (unsigned i = 0; watch != NULL && i < 10000; i++) {
		if (__atomic_load_n(&ticked, __ATOMIC_RELAXED) != 0) {
			printf("large thread-local variables: a hook has %d bytes of stack\n", ROOM);
			return 0;
		}
		(void)usleep(1000);
	}
	printf("FAILED: large thread-local variables: a hook does not run\n");
	return 1;
}

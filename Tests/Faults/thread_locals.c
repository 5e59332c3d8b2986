/*
 * A program whose thread-local variables leave next to nothing of the core's own threads'
 * stacks, where glibc puts them: what users have done on those still has room.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "CLockTable.h"

#define ROOM	200000

static _Thread_local volatile char large[1000000];
static size_t room;

/* How far down the stack goes from here. */
static void
tick(void *unused)
{
	char here = 0;
	pthread_attr_t attributes;
	size_t size;
	void *lowest;

	(void)unused;
	large[sizeof large / 2] = 1;
	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return;
	(void)pthread_attr_getstack(&attributes, &lowest, &size);
	(void)pthread_attr_destroy(&attributes);
	__atomic_store_n(&room, (uintptr_t)&here - (uintptr_t)lowest, __ATOMIC_RELAXED);
}

static void
end(void *unused)
{

	(void)unused;
}

int
main(void)
{
	lt_ticker_t *ticker = lt_ticker_start(1000000, tick, end, NULL);

	while (ticker != NULL && __atomic_load_n(&room, __ATOMIC_RELAXED) == 0)
		(void)usleep(1000);
	printf("%slarge thread-local variables: %zu bytes of stack\n",
	    room < ROOM ? "FAILED: " : "", room);
	return room < ROOM;
}

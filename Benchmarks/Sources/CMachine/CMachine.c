#define _GNU_SOURCE
#include "CMachine.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

int
machine_stay_on_core(int number)
{
#if defined(__linux__)
	cpu_set_t allowed, one;
	int count, core;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return -1;
	count = CPU_COUNT(&allowed);
	if (count == 0)
		return -1;
	number %= count;
	for (core = 0; core < CPU_SETSIZE; core++) {
		if (CPU_ISSET(core, &allowed) && number-- == 0)
			break;
	}
	if (core == CPU_SETSIZE)
		return -1;
	CPU_ZERO(&one);
	CPU_SET(core, &one);
	return sched_setaffinity(0, sizeof(one), &one);
#else
	(void)number;
	return -1;
#endif
}

void
machine_futex_wait(const void *word, uint32_t value)
{
#if defined(__linux__)
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
#else
	(void)word, (void)value;
#endif
}

void
machine_futex_wake(const void *word)
{
#if defined(__linux__)
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
#else
	(void)word;
#endif
}

int
machine_instructions_open(void)
{
#if defined(__linux__)
	struct perf_event_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.type = PERF_TYPE_HARDWARE;
	attributes.size = sizeof(attributes);
	attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
	attributes.exclude_kernel = 1;
	attributes.exclude_hv = 1;
	return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1,
	    PERF_FLAG_FD_CLOEXEC);
#else
	return -1;
#endif
}

int64_t
machine_instructions_read(int counter)
{
#if defined(__linux__)
	uint64_t count;

	if (read(counter, &count, sizeof(count)) == (ssize_t)sizeof(count))
		return (int64_t)count;
#endif
	(void)counter;
	return -1;
}

void
machine_instructions_close(int counter)
{
#if defined(__linux__)
	close(counter);
#endif
	(void)counter;
}

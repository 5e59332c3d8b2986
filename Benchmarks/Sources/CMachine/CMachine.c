#define _GNU_SOURCE
#include "CMachine.h"

#if defined(__linux__)

#include <linux/futex.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int
machine_stay_on_core(int number)
{
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
}

int
machine_has_futex(void)
{
	return 1;
}

void
machine_futex_wait(const void *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void
machine_futex_wake(const void *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int
machine_instructions_open(void)
{
	struct perf_event_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.type = PERF_TYPE_HARDWARE;
	attributes.size = sizeof(attributes);
	attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
	attributes.exclude_kernel = 1;
	attributes.exclude_hv = 1;
	return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1,
	    PERF_FLAG_FD_CLOEXEC);
}

int64_t
machine_instructions_read(int counter)
{
	uint64_t count;

	if (read(counter, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return -1;
	return (int64_t)count;
}

void
machine_instructions_close(int counter)
{
	close(counter);
}

#else

int
machine_stay_on_core(int number)
{
	(void)number;
	return -1;
}

int
machine_has_futex(void)
{
	return 0;
}

void
machine_futex_wait(const void *word, uint32_t value)
{
	(void)word;
	(void)value;
}

void
machine_futex_wake(const void *word)
{
	(void)word;
}

int
machine_instructions_open(void)
{
	return -1;
}

int64_t
machine_instructions_read(int counter)
{
	(void)counter;
	return -1;
}

void
machine_instructions_close(int counter)
{
	(void)counter;
}

#endif

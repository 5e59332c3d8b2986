/* Cores, futexes, instruction counters and filters, which Swift has no names for. */
#define _GNU_SOURCE
#include "CMachine.h"

#if defined(__linux__)
#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void
machine_stay_on_core(int number)
{
	cpu_set_t allowed, one;
	int core;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return;
	number %= CPU_COUNT(&allowed);
	for (core = 0; !CPU_ISSET(core, &allowed) || number-- > 0; core++)
		continue;
	CPU_ZERO(&one);
	CPU_SET(core, &one);
	sched_setaffinity(0, sizeof(one), &one);
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

/* Opened when the thread first asks. */
static _Thread_local int instructions = -1;

int64_t
machine_instructions(void)
{
	struct perf_event_attr attributes;
	int64_t count;

	if (instructions < 0) {
		memset(&attributes, 0, sizeof(attributes));
		attributes.type = PERF_TYPE_HARDWARE;
		attributes.size = sizeof(attributes);
		attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
		attributes.exclude_kernel = 1;
		attributes.exclude_hv = 1;
		instructions = (int)syscall(SYS_perf_event_open, &attributes, 0,
		    -1, -1, PERF_FLAG_FD_CLOEXEC);
	}
	if (read(instructions, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return -1;
	return count;
}

/* No system call has this number. */
#define NO_CALL	UINT32_MAX

bool
machine_filter_calls(bool refuses_membarrier)
{
	const uint32_t refused = refuses_membarrier ? (uint32_t)SYS_membarrier : NO_CALL;
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(steps) / sizeof(steps[0]),
		.filter = steps,
	};

	/* A filter is each thread's own; the flag gives it to those that there are already. */
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

bool
machine_has_membarrier(void)
{
	const long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	return commands >= 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0;
}

#else

void
machine_stay_on_core(int number)
{
	(void)number;
}

void
machine_futex_wait(const void *word, uint32_t value)
{
	(void)word, (void)value;
}

void
machine_futex_wake(const void *word)
{
	(void)word;
}

int64_t
machine_instructions(void)
{
	return -1;
}

bool
machine_filter_calls(bool refuses_membarrier)
{
	(void)refuses_membarrier;
	return false;
}

bool
machine_has_membarrier(void)
{
	return false;
}

#endif

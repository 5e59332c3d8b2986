/* Processes of scenarios' own. */
#include "support.h"

#include <errno.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

bool
await_child(pid_t child, int *status)
{
	pid_t ended;

	do
		ended = waitpid(child, status, 0);
	while (ended < 0 && errno == EINTR);
	return child > 0 && ended == child;
}

void
in_a_process(void (*deed)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		(void)alarm(60);
		deed();
		_exit(first_complaint() != NULL);
	}
	EXPECT(await_child(child, &status), "no child process");
	EXPECT(!WIFSIGNALED(status), "it hung, or crashed, in a process of its own");
	EXPECT(!WIFEXITED(status) || WEXITSTATUS(status) == 0, "it failed in a process of its own");
}

#ifdef __linux__
/* By a filter of system calls, which is each thread's own, and its children's. */
static bool
refuse(const long *calls, size_t count, int error)
{
	struct sock_filter steps[8] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .len = (unsigned short)(count + 3), .filter = steps };

	for (size_t i = 0; i < count; i++)
		steps[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i],
		    (unsigned char)(count - i), 0);
	steps[count + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	steps[count + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ERRNO | (unsigned)error);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
#endif

bool
core_refuse_threads(void)
{
#if defined(__linux__) && defined(SYS_clone3)
	static const long calls[] = { SYS_clone3, SYS_clone };

	return refuse(calls, LENGTH_OF(calls), EAGAIN);
#else
	return false;
#endif
}

bool
core_refuse_fences(int error)
{
#if defined(__linux__)
	static const long calls[] = { SYS_membarrier };

	return refuse(calls, LENGTH_OF(calls), error);
#else
	(void)error;
	return false;
#endif
}

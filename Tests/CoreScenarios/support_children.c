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
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it failed in a process of its own");
}

/* By a filter of system calls, which is each thread's own. */
bool
core_refuse_threads(void)
{
#ifdef __linux__
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_clone3
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 2, 0),
#endif
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
	};
	struct sock_fprog program = { .len = LENGTH_OF(steps), .filter = steps };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
#else
	return false;
#endif
}

/* A crash of the code under test is a failure of its execution. */
#include "explorer.h"

#include <signal.h>
#include <stddef.h>

static void
crashed(int number)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, number);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	ex_fail("a crash: signal %d", number);
}

void
ex_catch_crashes(void)
{
	static char stack[1 << 16];
	const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_handler = crashed, .sa_flags = SA_ONSTACK };

	(void)sigaltstack(&alternative, NULL);
	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
}

/* Processes of scenarios' own. */
#include "support.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

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

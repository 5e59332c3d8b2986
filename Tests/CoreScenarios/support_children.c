/* Processes of scenarios' own. */
#include "support.h"

#include <errno.h>
#include <sys/wait.h>

bool
await_child(pid_t child, int *status)
{
	pid_t ended;

	do
		ended = waitpid(child, status, 0);
	while (ended < 0 && errno == EINTR);
	return child > 0 && ended == child;
}

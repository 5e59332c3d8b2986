#ifndef SIGNAL_STORM_H
#define SIGNAL_STORM_H

#include <stdbool.h>

/* From now on a thread sends signals to all others, again and again, while `is_on` returns true. */
void signal_storm_start(bool (*is_on)(void));

#endif /* SIGNAL_STORM_H */

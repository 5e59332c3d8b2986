#ifndef RAIN_H
#define RAIN_H

#include <stdbool.h>

/* From now on a thread sends signals to all others, again and again, while `falls` says so. */
void rain_start(bool (*falls)(void));

#endif /* RAIN_H */

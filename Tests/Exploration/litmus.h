/* Does the explorer itself see what C11 allows, and only that? */
#ifndef LITMUS_H
#define LITMUS_H

#include <stdbool.h>

bool litmus(void);

#endif

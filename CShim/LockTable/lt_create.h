/*
 * Creating a table.
 */
#ifndef LT_CREATE_H
#define LT_CREATE_H

#include <stdint.h>

/* Returns the default number of stripes for a process that can use so many cores. */
uint32_t lt_default_stripes(uint32_t cores);

#endif /* LT_CREATE_H */

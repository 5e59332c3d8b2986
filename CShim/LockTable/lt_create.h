/*
 * Making a table.
 */
#ifndef LT_CREATE_H
#define LT_CREATE_H

#include <stdint.h>

/* Of a table whose configuration names none, where the process can use so many cores. */
uint32_t lt_default_stripes(uint32_t cores);

#endif /* LT_CREATE_H */

#include "CHeapUse.h"

#if defined(__APPLE__)
#include <malloc/malloc.h>

int64_t
heap_bytes_in_use(void)
{
	malloc_statistics_t statistics;

	malloc_zone_statistics(NULL, &statistics);
	return (int64_t)statistics.size_in_use;
}

void
heap_give_back(void)
{
	malloc_zone_pressure_relief(NULL, 0);
}

#elif defined(__GLIBC__)
#include <malloc.h>

int64_t
heap_bytes_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return (int64_t)(info.uordblks + info.hblkhd);
}

void
heap_give_back(void)
{
	malloc_trim(0);
}

#else

int64_t
heap_bytes_in_use(void)
{
	return -1;
}

void
heap_give_back(void)
{
}

#endif

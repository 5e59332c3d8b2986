#include "CMachine.h"

#if defined(__APPLE__)
#include <malloc/malloc.h>
#elif defined(__GLIBC__)
#include <malloc.h>
#endif

int64_t
heap_bytes_in_use(void)
{
#if defined(__APPLE__)
	malloc_statistics_t statistics;

	malloc_zone_statistics(NULL, &statistics);
	return (int64_t)statistics.size_in_use;
#elif defined(__GLIBC__)
	struct mallinfo2 info = mallinfo2();

	return (int64_t)(info.uordblks + info.hblkhd);
#else
	return -1;
#endif
}

void
heap_give_back(void)
{
#if defined(__APPLE__)
	malloc_zone_pressure_relief(NULL, 0);
#elif defined(__GLIBC__)
	malloc_trim(0);
#endif
}

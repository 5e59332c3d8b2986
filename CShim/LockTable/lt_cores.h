/*
 * How many cores the process can use.
 */
#ifndef LT_CORES_H
#define LT_CORES_H

#include <stdint.h>

uint32_t lt_count_usable_cores(void);

#ifdef __linux__
/* Room for an affinity mask of 8192 cores, the most for which the kernel can be built. */
#define LT_MASK_BYTES	1024u
#define LT_ALL_CORES	UINT32_MAX

/*
 * How many cores a quota of time is worth, rounded up: from the texts of version 1's two files,
 * and of version 2's one. LT_ALL_CORES: the texts set no limit.
 */
uint32_t lt_cores_of_quota(const char *quota, const char *period);
uint32_t lt_cores_of_cpu_max(const char *text);
/*
 * The least number that a directory along the process's path allows, in any hierarchy. Takes the
 * names of /proc/self/cgroup and of the directory below which the hierarchies are mounted.
 */
uint32_t lt_cores_of_groups(const char *groups, const char *mounts);
#endif

#endif /* LT_CORES_H */

/* How many cores the process can use, and how many stripes a table gets for them. */
#define _GNU_SOURCE
#include "../../CShim/ConcurrencyKit/ConcurrencyKit.h"
#include "../../CShim/LockTable/lt_create.h"
#include "../../CShim/LockTable/lt_platform.h"

#include "support.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

SCENARIO(stripes_go_by_the_cores_within_limits)
{
	static const struct {
		uint32_t cores, stripes;
	} expected[] = { { 1, 64 }, { 2, 128 }, { 3, 256 }, { 4, 256 }, { 5, 512 }, { 15, 1024 },
	    { 16, 1024 }, { 17, 2048 }, { 128, 4096 }, { UINT32_MAX, 4096 } };
	lt_config_t config = { 0 };
	lt_table_t *table;

	for (size_t i = 0; i < LENGTH_OF(expected); i++)
		EXPECT(lt_default_stripes(expected[i].cores) == expected[i].stripes,
		    "a number of cores got another number of stripes");
	EXPECT(lt_table_create(&config, &table) == LT_OK, "no table");
	EXPECT(lt_table_stripes(table) == lt_default_stripes(lt_usable_cores()),
	    "a table does not go by the usable cores");
	lt_table_close(table);
}

/* A key in the last stripe, and nothing before it: only a visit to all of them finds it. */
SCENARIO(a_table_is_empty_if_no_stripe_has_a_key)
{

	for (enum form form = 0; form < FORMS; form++) {
		lt_table_t *table = table_make(form, 64, LT_ADAPTIVE);

		EXPECT(lt_table_is_empty(table), "a fresh table was not empty");
		for (uint64_t i = 0; i < 256; i++) {
			lt_hold_t hold = i % 3 == 0 ? pin(table, form, i) :
			    acquire(table, form, i, LT_FOREVER);

			EXPECT(!lt_table_is_empty(table), "a table with a key was empty");
			if (i % 3 == 0)
				lt_unpin(hold);
			else
				release_if_hold(hold);
			EXPECT(lt_table_is_empty(table), "a table without a key was not empty");
		}
		lt_table_close(table);
	}
}

#ifdef __linux__
SCENARIO(a_quota_is_rounded_up_to_cores)
{
	static const struct {
		const char *text;
		uint32_t cores;
	} texts[] = { { "max 100000\n", LT_ALL_CORES }, { "150000 100000\n", 2 }, { "100000 100000", 1 },
	    { "50000 100000\n", 1 }, { "1 100000\n", 1 }, { "200001 100000\n", 3 },
	    { "6400000 100000\n", 64 }, { "1000 1000000\n", 1 }, { "", LT_ALL_CORES },
	    { "150000", LT_ALL_CORES }, { "150000 ", LT_ALL_CORES }, { "150000 0\n", LT_ALL_CORES },
	    { "0 100000\n", LT_ALL_CORES }, { "150000 x\n", LT_ALL_CORES }, { "\n", LT_ALL_CORES },
	    { "max", LT_ALL_CORES }, { "x 100000", LT_ALL_CORES }, { "-1 100000", LT_ALL_CORES },
	    { "99999999999999999999999 100000\n", LT_ALL_CORES },
	    { "1000000000000000000 1\n", LT_ALL_CORES } };

	for (size_t i = 0; i < LENGTH_OF(texts); i++)
		EXPECT(lt_cores_of_cpu_max(texts[i].text) == texts[i].cores,
		    "a quota of version 2 came to other cores");
	EXPECT(lt_cores_of_quota("-1\n", "100000\n") == LT_ALL_CORES, "no quota limited the cores");
	EXPECT(lt_cores_of_quota("250000\n", "100000\n") == 3, "a quota came to other cores");
	EXPECT(lt_cores_of_quota("250000\n", "") == LT_ALL_CORES, "half a quota limited the cores");
	EXPECT(lt_cores_of_quota("", "100000\n") == LT_ALL_CORES, "half a quota limited the cores");
}

/* --- directories ------------------------------------------------------------------------ */

static char root[32];

static void
make_root(void)
{

	(void)strcpy(root, "/tmp/lock-table-XXXXXX");
	EXPECT(mkdtemp(root) != NULL, "no directory could be made");
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{

	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static void
remove_root(void)
{

	EXPECT(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0, "a directory was left");
}

/* A file below the root, and the directories on the way to it. */
static void
put_file(const char *path, const char *text)
{
	char name[512], *slash;
	int file;

	(void)snprintf(name, sizeof name, "%s/%s", root, path);
	for (slash = name + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = 0;
		(void)mkdir(name, 0700);
		*slash = '/';
	}
	file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	EXPECT(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) &&
	    close(file) == 0, "a file could not be written");
}

static uint32_t
cores_of(const char *groups)
{
	char mounts[64], list[64];

	put_file("groups", groups);
	(void)snprintf(list, sizeof list, "%s/groups", root);
	(void)snprintf(mounts, sizeof mounts, "%s/mounts", root);
	return lt_cores_of_groups(list, mounts);
}

SCENARIO(each_group_on_the_way_limits_the_cores)
{

	make_root();
	EXPECT(lt_cores_of_groups("/nonexistent", "/nonexistent") == LT_ALL_CORES,
	    "files that are missing set a limit");
	EXPECT(cores_of("0::/a/b\n") == LT_ALL_CORES, "directories that are missing set a limit");
	put_file("mounts/cgroup.controllers", "cpu memory\n");
	EXPECT(cores_of("0::/\n") == LT_ALL_CORES, "a group without a quota sets a limit");
	put_file("mounts/a/cpu.max", "max 100000\n");
	put_file("mounts/a/b/cpu.max", "350000 100000\n");
	put_file("mounts/a/b/c/cpu.max", "max 100000\n");
	EXPECT(cores_of("0::/\n") == LT_ALL_CORES, "a group limits the root");
	EXPECT(cores_of("0::/a\n") == LT_ALL_CORES, "a group limits the one above it");
	EXPECT(cores_of("0::/a/b\n") == 4, "a group does not limit itself");
	EXPECT(cores_of("0::/a/b/c\n") == 4, "a group does not limit the one below it");
	EXPECT(cores_of("0::/a/b/c") == 4, "a line without an end was lost");
	EXPECT(cores_of("0::/a/b/gone/c\n") == 4, "a path that is hidden hides its quota");
	EXPECT(cores_of("0::/../a/b\n") == LT_ALL_CORES, "a path led out of its namespace");
	put_file("mounts/a/cpu.max", "150000 100000\n");
	EXPECT(cores_of("0::/a/b\n") == 2, "the least quota does not count");
	put_file("mounts/cpu.max", "100000 100000\n");
	EXPECT(cores_of("0::/a/b\n") == 1 && cores_of("0::/\n") == 1, "the root's quota does not count");
	EXPECT(cores_of("") == LT_ALL_CORES, "an empty list sets a limit");
	EXPECT(cores_of("\n\n:\n::\n0:\n0::\n0::/x") == 1, "a strange list was misread");
	remove_root();
}

SCENARIO(groups_of_version_1_limit_the_cores)
{

	make_root();
	put_file("mounts/unified/cgroup.controllers", "\n");
	put_file("mounts/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
	put_file("mounts/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	EXPECT(cores_of("4:cpu,cpuacct:/a\n0::/\n") == LT_ALL_CORES, "no quota set a limit");
	put_file("mounts/cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
	put_file("mounts/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
	EXPECT(cores_of("4:cpuacct,cpu:/a/b\n0::/\n") == 3, "a group does not limit the one below it");
	EXPECT(cores_of("4:cpuacct,cpu:/host/a\n0::/\n") == LT_ALL_CORES, "the host's path was seen");
	EXPECT(cores_of("1:cpuset:/a\n2:cpuacct:/a\n3:name=cpu:/a\n") == LT_ALL_CORES,
	    "another controller's group limits the cores");
	put_file("mounts/cpu/a/cpu.cfs_quota_us", "50000\n");
	put_file("mounts/cpu/a/cpu.cfs_period_us", "100000\n");
	EXPECT(cores_of("1:cpuset:/a\n12:cpu:/a\n0::/\n") == 1, "a line of several was lost");
	remove_root();
}

/* Names of the greatest length, and a path that is longer than any buffer. */
SCENARIO(long_paths_of_groups_are_followed)
{
	char name[256], line[2048] = "0::", nested[400];

	make_root();
	(void)memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = 0;
	put_file("mounts/cgroup.controllers", "cpu\n");
	(void)snprintf(nested, sizeof nested, "mounts/%s/deep/cpu.max", name);
	put_file(nested, "500000 100000\n");
	(void)snprintf(line, sizeof line, "0::/%s/deep/%s/%s/%s\n", name, name, name, name);
	EXPECT(cores_of(line) == 5, "a long path was cut");
	(void)snprintf(line, sizeof line, "1:cpu:/%s/%s/%s/%s\n0::/%s/deep\n", name, name, name, name,
	    name);
	EXPECT(cores_of(line) == 5, "a line behind a long one was lost");
	remove_root();
}

#endif

/* --- affinity ------------------------------------------------------------------------------ */

#if defined(__linux__) && !defined(NO_THREADS_AFTER_FORK)
/* In a process of its own: the main thread's mask counts, and not the calling thread's. */
static void *
count_from_a_bound_thread(void *before)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	EXPECT(sched_setaffinity(0, sizeof one, &one) == 0, "a thread could not be bound");
	EXPECT(lt_count_usable_cores() == *(uint32_t *)before, "another thread's mask counts");
	return NULL;
}

static void
bind_to_one_core(void)
{
	uint32_t before = lt_count_usable_cores();
	struct crew crew = { 0 };
	cpu_set_t one;

	crew_add(&crew, count_from_a_bound_thread, &before);
	crew_join(&crew);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	EXPECT(sched_setaffinity(0, sizeof one, &one) == 0, "the process could not be bound");
	EXPECT(lt_count_usable_cores() == 1, "a process on one core has more");
	EXPECT(lt_default_stripes(lt_count_usable_cores()) == 64, "one core got more stripes");
}
#endif

SCENARIO(a_process_bound_to_one_core_has_one)
{

#if defined(__linux__) && !defined(NO_THREADS_AFTER_FORK)
	in_a_process(bind_to_one_core);
#endif
}

LT_END

/*
 * One turn of a spin loop, and how long it takes.
 */
#ifndef LT_PAUSE_H
#define LT_PAUSE_H

#include <stdint.h>

/*
 * One turn of a spin loop. The turn uses the processor's instruction that leaves resources to
 * other threads, if there is one, which takes from 1 ns to 60 ns. Elsewhere (wasm, s390x,
 * loongarch64) the turn is as short as the loop.
 */
static inline void
lt_pause(void)
{

#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm64__)
	/* Not "yield", which does nothing on most of these processors. */
	__asm__ volatile("isb" ::: "memory");
#elif defined(__riscv)
	/*
	 * "pause" of Zihintpause, as a number for assemblers that do not know the name.
	 * Processors without Zihintpause ignore it.
	 */
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
#elif defined(__powerpc64__)
	/* "yield": lowers the priority among the threads of a core, until the next such hint. */
	__asm__ volatile("or 27,27,27" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/* Measures how many pauses there are in a nanosecond, in units of 1/65536: at least 1. */
uint32_t lt_measured_pause_rate(void);

#endif /* LT_PAUSE_H */

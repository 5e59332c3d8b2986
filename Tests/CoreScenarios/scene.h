/* One key, those who wait for it, and what they are expected to do. */
#ifndef SCENE_H
#define SCENE_H

#include "support.h"

/* The key that all contend for, held by a newcomer or by nobody, and watched through a pin. */
struct scene {
	lt_table_t *table;
	enum form form;
	lt_hold_t watched;
	lt_hold_t hold;
};

void scene_set(struct scene *scene, enum form form, uint32_t fairness);
void scene_clear(struct scene *scene);
void scene_enter(struct scene *scene, struct sleeper *sleeper);
void scene_enter_reader(struct scene *scene, struct sleeper *sleeper);
void scene_line_up(struct scene *scene, struct sleeper *sleeper);
void scene_line_up_reader(struct scene *scene, struct sleeper *sleeper);
void scene_come_new(struct scene *scene);
bool scene_is_free(struct scene *scene);
void scene_finish(struct scene *scene, struct sleeper *sleeper);
void scene_finish_reader(struct scene *scene, struct sleeper *sleeper);
bool scene_comes_in(struct sleeper *sleeper);
void scene_give_up(struct sleeper *sleeper, lt_status_t reason);
void scene_for_each_kind(void (*scenario)(enum form, uint32_t));

#endif /* SCENE_H */

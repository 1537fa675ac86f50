/* rules.h: the figures of the game, in px, seconds and health.
 * Those marked "ours" the game that they come from did not have, or did not tell. */
#ifndef SIM_RULES_H
#define SIM_RULES_H

#define SIM_STEP_SECONDS (1.0f / 30.0f)

#define SIM_PLAYER_X         400.0f
#define SIM_PLAYER_Y         300.0f
#define SIM_PLAYER_HEALTH    1000.0f /* ours */
#define SIM_SPAWN_RADIUS     333.0f
#define SIM_SPAWN_RADIUS_MAX 2400.0f /* ours: of a crowd too large for one circle */
#define SIM_SPAWN_CROWD      500     /* ours: up to here all spawn on the circle itself */
#define SIM_STILL_BEYOND     2800.0f /* further from the player than this nobody moves */
#define SIM_CHASE_STOP       20.0f   /* ours: enemies stop short of the player, within contact */
#define SIM_ENEMY_DIAMETER   24.0f
#define SIM_ENEMY_RADIUS     12.0f
#define SIM_FLASH_SECONDS    0.12f
#define SIM_CONTACT_RADIUS   28.0f

#define SIM_MELEE_DAMAGE    55.0f
#define SIM_MELEE_RANGE     120.0f
#define SIM_MELEE_COS_HALF  0.0f /* cosine of half of the cone's 180 degrees */
#define SIM_MELEE_KNOCKBACK 20.0f

#define SIM_PROJECTILE_SPEED  320.0f
#define SIM_PROJECTILE_LIFE   4.5f
#define SIM_PROJECTILE_BOUND  3000.0f
#define SIM_PROJECTILE_RADIUS 4.0f
#define SIM_PROJECTILE_DAMAGE 25.0f
#define SIM_TARGET_RANGE      400.0f /* ours */

#define SIM_CRITICAL_FACTOR 2.0f

#define SIM_ORB_MAGNET  120.0f
#define SIM_ORB_SPEED   180.0f
#define SIM_ORB_PICKUP  12.0f
#define SIM_ORB_SCATTER 8.0f /* ours */

#define SIM_GRID_HALF 2500.0f
#define SIM_GRID_CELL 100.0f

enum {
    SIM_CONTACTS_MAX = 1024, /* ours: who can get at the player at once */
    SIM_MELEE_STEPS = 15,    /* two attacks a second at 30 steps */
    SIM_VOLLEY_STEPS = 3,    /* ours: ten volleys a second */
    SIM_VOLLEY_SIZE = 2,     /* ours */
    SIM_CRITICAL_PERCENT = 10,
    SIM_DAMAGE_QUEUE_MAX = 4096, /* a power of two */
    SIM_DAMAGE_PER_STEP_MAX = 2048,
    SIM_ORBS_MAX = 1024, /* ours */
    SIM_GRID_SIDE = 50,
    SIM_GRID_CELLS = SIM_GRID_SIDE * SIM_GRID_SIDE
};

#endif

/* registers.h: how wide the vector registers are, for assembly that keeps them (keep_registers.h).
 */
#ifndef TA_AUDIT_REGISTERS_H
#define TA_AUDIT_REGISTERS_H

#pragma GCC visibility push(hidden)

/* Once, before anything is redirected to such assembly. */
void ta_registers_prepare(void);

#pragma GCC visibility pop

#endif

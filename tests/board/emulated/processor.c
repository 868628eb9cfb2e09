/* The processor of an emulated RP2040 (ARMv6-M) at what it does nearly always: Thumb instructions on its own memory.

   It stops before what is not for here: the chip's other registers, exceptions, sleep, most special registers, addresses
   that are odd or nowhere, and forms that no compiler makes. Those are left to the emulator's own core, and cycles are
   counted as that one counts them. */

#include <stdint.h>
#include <string.h>

#define FLASH 0x10000000u
#define RAM 0x20000000u
#define TIMER_HIGH 0x40054024u /* RP2040 datasheet, 4.6.5: TIMERAWH; the next word is TIMERAWL */
#define SIO 0xd0000000u        /* 2.3.1.7; its first word is the core's number, 0 */
#define DIVIDER (SIO + 0x60)   /* dividend and divisor without sign, both with sign, quotient, remainder, state */
#define CYCLE_NS 8.0           /* of 125 MHz */
#define NO_DIVIDEND 0x80000000u /* by -1 it has no quotient */

struct processor { /* as in processor.py */
    uint32_t *registers;
    uint8_t *boot, *flash, *ram;
    uint32_t boot_bytes, flash_bytes, ram_bytes;
    uint32_t negative, zero, carry, overflow, masked; /* masked: PRIMASK */
    uint32_t unmasked; /* set when masked was written: interrupts are to be looked for */
    uint32_t dividend, divisor, quotient, remainder, divided; /* divided: 1 ready, 2 dirty */
    double now_ns; /* since the timer began, where run begins */
};

static uint8_t *readable(const struct processor *p, uint32_t address) {
    if (address - FLASH < p->flash_bytes) return p->flash + (address - FLASH);
    if (address - RAM < p->ram_bytes) return p->ram + (address - RAM);
    if (address < p->boot_bytes) return p->boot + address;
    return 0;
}

static uint8_t *writable(const struct processor *p, uint32_t address) {
    return address - RAM < p->ram_bytes ? p->ram + (address - RAM) : 0;
}

/* Where ``bytes`` that lie in one piece begin, or 0 */
static uint8_t *piece(uint8_t *(*of)(const struct processor *, uint32_t), const struct processor *p, uint32_t address,
                      uint32_t bytes) {
    uint8_t *first = of(p, address), *last = of(p, address + bytes - 1);
    return first && last && last - first == (int64_t)bytes - 1 ? first : 0;
}

static uint32_t word(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static uint32_t half(const uint8_t *at) {
    uint16_t value;
    memcpy(&value, at, 2);
    return value;
}

/* A word of the chip's registers; the cycles it costs, or 0 where it is not for here */
static int chip_read(struct processor *p, uint32_t address, int64_t passed, uint32_t *to) {
    double us;
    switch (address) {
    case TIMER_HIGH:
    case TIMER_HIGH + 4:
        us = (p->now_ns + CYCLE_NS * (double)passed) / 1000;
        *to = (uint32_t)((uint64_t)us >> (address == TIMER_HIGH ? 32 : 0));
        return 4;
    case SIO: *to = 0; return 1;
    case DIVIDER: case DIVIDER + 8: *to = p->dividend; return 1;
    case DIVIDER + 4: case DIVIDER + 12: *to = p->divisor; return 1;
    case DIVIDER + 16: *to = p->quotient; p->divided &= ~2u; return 1;
    case DIVIDER + 20: *to = p->remainder; return 1;
    case DIVIDER + 24: *to = p->divided; return 1;
    default: return 0;
    }
}

static int chip_write(struct processor *p, uint32_t address, uint32_t value) {
    if (address < DIVIDER || address > DIVIDER + 12 || address & 3) return 0;
    uint32_t dividend = address & 4 ? p->dividend : value, divisor = address & 4 ? value : p->divisor;
    uint32_t with_sign = address & 8;
    if (!divisor || (with_sign && dividend == NO_DIVIDEND && divisor == ~0u)) return 0;
    p->dividend = dividend, p->divisor = divisor, p->divided = 3;
    p->quotient = with_sign ? (uint32_t)((int32_t)dividend / (int32_t)divisor) : dividend / divisor;
    p->remainder = with_sign ? (uint32_t)((int32_t)dividend % (int32_t)divisor) : dividend % divisor;
    return 1;
}

#define NZ(value) (n = (uint32_t)(value) >> 31, z = (uint32_t)(value) == 0)
#define ADD(to, left, right, in) do { \
        uint32_t a = (left), b = (right); \
        uint64_t wide = (uint64_t)a + b + (in); \
        uint32_t sum = (uint32_t)wide; \
        c = (uint32_t)(wide >> 32), v = ((a ^ sum) & (b ^ sum)) >> 31, NZ(sum); \
        (to) = sum; \
    } while (0)
#define SUB(to, left, right) ADD(to, left, ~(uint32_t)(right), 1)
#define AT(of, bytes) ((address & ((bytes) - 1)) ? 0 : of(p, address))
#define LOAD(bytes, value) do { uint8_t *at = AT(readable, bytes); if (!at) goto out; r[low] = (value); } while (0)
#define STORE(bytes) do { uint8_t *at = AT(writable, bytes); if (!at) goto out; memcpy(at, &r[low], bytes); } while (0)

/* Until that many cycles have passed, or what comes next is not for here. How many passed */
int64_t run(struct processor *p, int64_t cycles) {
    uint32_t *r = p->registers;
    uint32_t n = p->negative, z = p->zero, c = p->carry, v = p->overflow, none;
    int64_t passed = 0;

    while (passed < cycles && !p->unmasked) {
        uint32_t pc = r[15] & ~1u;
        const uint8_t *code = readable(p, pc);
        if (!code) break;
        uint32_t op = half(code), next = pc + 2, address;
        uint32_t low = op & 7, middle = op >> 3 & 7, high = op >> 6 & 7, top = op >> 8 & 7; /* registers */
        uint32_t five = op >> 6 & 31, byte = op & 255; /* numbers in the instruction */
        int cost = 1;
        switch (op >> 11) {
        case 0x00: /* LSLS */
            if (five) c = r[middle] >> (32 - five) & 1;
            r[low] = r[middle] << five;
            NZ(r[low]);
            break;
        case 0x01: /* LSRS; 0 is 32 */
            c = r[middle] >> (five ? five - 1 : 31) & 1;
            r[low] = five ? r[middle] >> five : 0;
            NZ(r[low]);
            break;
        case 0x02: /* ASRS */
            c = r[middle] >> (five ? five - 1 : 31) & 1;
            r[low] = (uint32_t)((int32_t)r[middle] >> (five ? five : 31));
            NZ(r[low]);
            break;
        case 0x03: { /* ADDS, SUBS */
            uint32_t with = op >> 10 & 1 ? high : r[high];
            if (op >> 9 & 1) SUB(r[low], r[middle], with);
            else ADD(r[low], r[middle], with, 0);
            break;
        }
        case 0x04: r[top] = byte; NZ(byte); break; /* MOVS */
        case 0x05: SUB(none, r[top], byte); break; /* CMP */
        case 0x06: ADD(r[top], r[top], byte, 0); break;
        case 0x07: SUB(r[top], r[top], byte); break;
        case 0x08:
            if (op >> 10 & 1) { /* all sixteen registers */
                uint32_t from = op >> 3 & 15, to = (op >> 4 & 8) | low, value = from == 15 ? pc + 4 : r[from];
                if ((op >> 8 & 3) == 1) { /* CMP */
                    if (from == 15 || to == 15) goto out;
                    SUB(none, r[to], value);
                } else if ((op >> 8 & 3) == 3) { /* BX, BLX */
                    if (low || from == 15 || value >> 28 == 15) goto out; /* 15: an exception ends */
                    if (op >> 7 & 1) r[14] = next | 1;
                    next = value & ~1u;
                    cost = 2;
                } else { /* ADD, MOV */
                    if (!(op >> 9 & 1)) value += to == 15 ? pc + 4 : r[to];
                    if (to == 15) next = value & ~1u, cost = 2;
                    else r[to] = to == 13 ? value & ~3u : value;
                }
                break;
            }
            switch (op >> 6 & 15) {
            case 0x0: r[low] &= r[middle]; NZ(r[low]); break; /* ANDS */
            case 0x1: r[low] ^= r[middle]; NZ(r[low]); break; /* EORS */
            case 0x2: { /* LSLS */
                uint32_t by = r[middle] & 255, from = r[low];
                if (by) c = by < 33 ? from >> (32 - by) & 1 : 0;
                r[low] = by < 32 ? from << by : 0;
                NZ(r[low]);
                break;
            }
            case 0x3: { /* LSRS */
                uint32_t by = r[middle] & 255, from = r[low];
                if (by) c = by < 33 ? from >> (by - 1) & 1 : 0;
                r[low] = by < 32 ? from >> by : 0;
                NZ(r[low]);
                break;
            }
            case 0x4: { /* ASRS */
                uint32_t by = r[middle] & 255, from = r[low];
                if (by) c = from >> (by < 32 ? by - 1 : 31) & 1;
                r[low] = (uint32_t)((int32_t)from >> (by < 32 ? by : 31));
                NZ(r[low]);
                break;
            }
            case 0x5: ADD(r[low], r[low], r[middle], c); break; /* ADCS */
            case 0x6: ADD(r[low], r[low], ~r[middle], c); break; /* SBCS */
            case 0x7: { /* RORS */
                uint32_t by = r[middle] & 255, turn = by & 31;
                if (turn) r[low] = r[low] >> turn | r[low] << (32 - turn);
                if (by) c = r[low] >> 31;
                NZ(r[low]);
                break;
            }
            case 0x8: NZ(r[low] & r[middle]); break; /* TST */
            case 0x9: SUB(r[low], 0, r[middle]); break; /* RSBS */
            case 0xa: SUB(none, r[low], r[middle]); break; /* CMP */
            case 0xb: ADD(none, r[low], r[middle], 0); break; /* CMN */
            case 0xc: r[low] |= r[middle]; NZ(r[low]); break; /* ORRS */
            case 0xd: r[low] *= r[middle]; NZ(r[low]); break; /* MULS */
            case 0xe: r[low] &= ~r[middle]; NZ(r[low]); break; /* BICS */
            default: r[low] = ~r[middle]; NZ(r[low]); /* MVNS */
            }
            break;
        case 0x09: low = top; address = ((pc + 4) & ~3u) + 4 * byte; cost = 2; LOAD(4, word(at)); break; /* LDR */
        case 0x0a: case 0x0b: /* LDR, STR and the like, with a register for the offset */
            address = r[middle] + r[high];
            cost = 2;
            switch (op >> 9 & 7) {
            case 0: STORE(4); break;
            case 1: STORE(2); break;
            case 2: STORE(1); break;
            case 3: LOAD(1, (uint32_t)(int8_t)*at); break;
            case 4: LOAD(4, word(at)); break;
            case 5: LOAD(2, half(at)); break;
            case 6: LOAD(1, *at); break;
            default: LOAD(2, (uint32_t)(int16_t)half(at));
            }
            break;
        case 0x0c: /* STR */
            address = r[middle] + 4 * five;
            cost = address < SIO ? 0 : chip_write(p, address, r[low]);
            if (!cost) { cost = 2; STORE(4); }
            break;
        case 0x0d: /* LDR */
            address = r[middle] + 4 * five;
            cost = address < TIMER_HIGH ? 0 : chip_read(p, address, passed, &r[low]);
            if (!cost) { cost = 2; LOAD(4, word(at)); }
            break;
        case 0x0e: address = r[middle] + five; cost = 2; STORE(1); break;
        case 0x0f: address = r[middle] + five; cost = 2; LOAD(1, *at); break;
        case 0x10: address = r[middle] + 2 * five; cost = 2; STORE(2); break;
        case 0x11: address = r[middle] + 2 * five; cost = 2; LOAD(2, half(at)); break;
        case 0x12: low = top; address = r[13] + 4 * byte; cost = 2; STORE(4); break;
        case 0x13: low = top; address = r[13] + 4 * byte; cost = 2; LOAD(4, word(at)); break;
        case 0x14: r[top] = (pc & ~3u) + 4 + 4 * byte; break; /* ADR */
        case 0x15: r[top] = r[13] + 4 * byte; break;
        case 0x16: case 0x17:
            switch (op >> 8 & 15) {
            case 0x0: /* ADD, SUB of the stack pointer */
                r[13] = (op >> 7 & 1 ? r[13] - 4 * (op & 127) : r[13] + 4 * (op & 127)) & ~3u;
                break;
            case 0x2: /* SXTH, SXTB, UXTH, UXTB */
                switch (op >> 6 & 3) {
                case 0: r[low] = (uint32_t)(int16_t)r[middle]; break;
                case 1: r[low] = (uint32_t)(int8_t)r[middle]; break;
                case 2: r[low] = r[middle] & 0xffff; break;
                default: r[low] = r[middle] & 0xff;
                }
                break;
            case 0x4: case 0x5: { /* PUSH */
                uint32_t many = (uint32_t)__builtin_popcount(op & 511);
                address = r[13] - 4 * many;
                uint8_t *at = many && !(address & 3) ? piece(writable, p, address, 4 * many) : 0;
                if (!at) goto out;
                r[13] = address;
                for (int i = 0; i < 8; i++)
                    if (op >> i & 1) memcpy(at, &r[i], 4), at += 4;
                if (op >> 8 & 1) memcpy(at, &r[14], 4);
                cost = 1 + __builtin_popcount(byte);
                break;
            }
            case 0x6: /* CPSID, CPSIE */
                if (op != 0xb672 && op != 0xb662) goto out;
                p->masked = op >> 4 & 1;
                p->unmasked = !p->masked;
                break;
            case 0xa: { /* REV, REV16, REVSH */
                uint32_t turned = __builtin_bswap32(r[middle]);
                switch (op >> 6 & 3) {
                case 0: r[low] = turned; break;
                case 1: r[low] = turned >> 16 | turned << 16; break;
                case 3: r[low] = (uint32_t)((int32_t)turned >> 16); break;
                default: goto out;
                }
                break;
            }
            case 0xc: case 0xd: { /* POP */
                uint32_t many = (uint32_t)__builtin_popcount(op & 511);
                address = r[13];
                const uint8_t *at = many && !(address & 3) ? piece(writable, p, address, 4 * many) : 0;
                if (!at) goto out;
                if (op >> 8 & 1) {
                    next = word(at + 4 * many - 4);
                    if (next >> 28 == 15) goto out; /* an exception ends */
                    next &= ~1u;
                }
                for (int i = 0; i < 8; i++)
                    if (op >> i & 1) r[i] = word(at), at += 4;
                r[13] = address + 4 * many;
                cost = 1 + __builtin_popcount(byte) + 2 * (int)(op >> 8 & 1);
                break;
            }
            case 0xf: /* NOP */
                if (byte) goto out;
                break;
            default: goto out;
            }
            break;
        case 0x18: case 0x19: { /* STMIA, LDMIA */
            uint32_t many = (uint32_t)__builtin_popcount(byte), load = op >> 11 & 1;
            address = r[top];
            if (!many || address & 3 || (!load && byte >> top & 1)) goto out;
            uint8_t *at = piece(load ? readable : writable, p, address, 4 * many);
            if (!at) goto out;
            for (int i = 0; i < 8; i++)
                if (byte >> i & 1) memcpy(load ? (void *)&r[i] : at, load ? at : (void *)&r[i], 4), at += 4;
            if (!(byte >> top & 1)) r[top] = address + 4 * many;
            cost = 1 + (int)many;
            break;
        }
        case 0x1a: case 0x1b: { /* B with a condition; its lowest bit turns it round */
            uint32_t is;
            switch (op >> 9 & 7) {
            case 0: is = z; break;
            case 1: is = c; break;
            case 2: is = n; break;
            case 3: is = v; break;
            case 4: is = c && !z; break;
            case 5: is = n == v; break;
            case 6: is = n == v && !z; break;
            default: goto out; /* UDF, SVC */
            }
            if (is != (op >> 8 & 1)) next = pc + 4 + 2 * (uint32_t)(int8_t)byte, cost = 2;
            break;
        }
        case 0x1c: next = pc + 4 + (uint32_t)((int32_t)(op << 21) >> 20); cost = 2; break; /* B */
        case 0x1e: { /* 32 bits */
            const uint8_t *second = readable(p, pc + 2);
            if (!second) goto out;
            uint32_t op2 = half(second);
            next = pc + 4;
            if ((op2 & 0xd000) == 0xd000) { /* BL */
                uint32_t s = op >> 10 & 1, i1 = (op2 >> 13 & 1) == s, i2 = (op2 >> 11 & 1) == s;
                r[14] = next | 1;
                next += (s ? 0xff000000u : 0) | i1 << 23 | i2 << 22 | (op & 1023) << 12 | (op2 & 2047) << 1;
            } else if (op == 0xf3ef && (op2 & 0xf0ff) == 0x8010 && (op2 >> 8 & 15) < 13) { /* MRS PRIMASK */
                r[op2 >> 8 & 15] = p->masked;
            } else if ((op & 0xfff0) == 0xf380 && (op & 15) < 13 && op2 == 0x8810) { /* MSR PRIMASK */
                p->masked = r[op & 15] & 1;
                p->unmasked = 1;
            } else if (op != 0xf3bf || ((op2 & 0xfff0) != 0x8f40 && (op2 & 0xfff0) != 0x8f50 && (op2 & 0xfff0) != 0x8f60)) {
                goto out; /* not DSB, DMB, ISB */
            }
            cost = 3;
            break;
        }
        default: goto out;
        }
        r[15] = next;
        passed += cost;
    }
out:
    p->negative = n, p->zero = z, p->carry = c, p->overflow = v;
    (void)none;
    return passed;
}

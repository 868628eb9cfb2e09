"""The quicker processor against the emulator's own core: each instruction, and what comes between them."""

import os
import random
from types import SimpleNamespace

import pytest

from tests.board.emulated import beds
from tests.interpreters import missing_part

RAM = 0x20000000
CODE = RAM + 0x1000
AREA = slice(0x1000, 0x3000)  # of RAM: the code, and what registers point at
TIMER, SIO = 0x40054000, 0xD0000000
DIVIDER = SIO + 0x60
FLAGS = ("n", "z", "c", "v", "pm")
STATES = 20 if os.environ.get("SOAK") else 1  # of registers and flags, for each of 65,536 instructions
BLX_LR, BARRIERS, PRIMASK = 0x47F0, (0x8F40, 0x8F50, 0x8F60), (0xF3EF, 0xF380)
LEAST_RUN = 0.9  # of compilers' instructions on RAM
COMMON = (
    *(0x6808, 0x6008, 0x7808, 0x8808, 0x5888, 0x5088, 0x9801, 0x4801, 0xB5F0, 0xBCF0, 0xC90C, 0xC10C, 0x1888, 0x40C8),
    *(0x4088, 0x4348, 0xD0FE, 0xE7FE, 0x4770, 0x4788, 0xB662, 0xB672, 0xB240, 0xBA08, 0xF000, 0xF3BF, 0xF3EF, 0xF380),
)


@pytest.fixture(scope="module")
def pair():
    """(a board with the quicker processor, that processor, a board as the emulator has it)."""
    if why := beds.missing("processor"):
        missing_part(why)
    from rp2040py.rp2040 import RP2040

    from tests.board.emulated.processor import Processor

    ours, theirs = RP2040(), RP2040()
    return ours, Processor(ours), theirs


def states(mcu):
    sio = mcu.sio
    divider = sio.div_dividend, sio.div_divisor, sio.div_quotient, sio.div_remainder, sio.div_csr
    return SimpleNamespace(
        registers=registers(mcu),
        flags={name: int(getattr(mcu.core, name)) for name in FLAGS},
        ram=bytes(mcu.sram[AREA]),
        divider=[int(value) & 0xFFFFFFFF for value in divider],
        look=bool(mcu.core.interrupts_updated),
    )


def registers(mcu):
    """The last without its lowest bit, which a vector sets and nothing looks at."""
    *others, pc = mcu.core.registers
    return [*others, pc & ~1]


def prepare(mcu, state):
    for i, value in enumerate(state.registers):
        mcu.core.registers[i] = value
    for name, value in state.flags.items():
        setattr(mcu.core, name, value)
    mcu.sram[AREA] = state.ram
    mcu.core.interrupts_updated = False


def a_state(dice, halves, pointers=(RAM,)):
    """Registers as a program has them: addresses, numbers, anything."""

    def value():
        return dice.choice(
            (
                dice.choice(pointers) + (dice.randrange(0x1800, 0x2800, 4) if pointers == (RAM,) else 0),
                dice.randrange(70),
                dice.getrandbits(32),
                dice.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)),
            )
        )

    registers = [value() for _ in range(13)]
    registers += [RAM + dice.randrange(0x2000, 0x2800, 4), CODE + 0x101, CODE]
    code = b"".join(half.to_bytes(2, "little") for half in halves)
    return SimpleNamespace(
        registers=registers,
        flags={name: dice.randrange(2) for name in FLAGS},
        ram=code + dice.randbytes(AREA.stop - AREA.start - len(code)),
    )


def second_half(op, dice):
    if op in PRIMASK or op & 0xFFF0 == PRIMASK[1]:
        return 0x8010 | dice.randrange(13) << 8 if op == PRIMASK[0] else 0x8810
    if op == 0xF3BF:
        return dice.choice(BARRIERS)
    return 0xD000 | dice.getrandbits(16)


def architecture(op, before, after):
    """The flags of ARMv6-M (DDI 0419, A6.7) where the emulator's own core takes others: (name, value), or nothing."""
    left, right = before.registers[op & 7], before.registers[op >> 3 & 7]
    kind = op >> 6
    if kind in (0b0100000010, 0b0100000011, 0b0100000100, 0b0100000111):
        by = right & 255
        if by == 0:
            yield "c", before.flags["c"]
        elif by > 32 and kind in (0b0100000010, 0b0100000011):
            yield "c", 0
    elif kind in (0b0100000101, 0b0100000110):
        other = right if kind == 0b0100000101 else right ^ 0xFFFFFFFF
        exact = signed(left) + signed(other) + before.flags["c"]
        yield "v", int(exact != signed(after.registers[op & 7]))


def signed(value):
    return value - (value >> 31 << 32)


def both(pair, state):
    """(cycles, state) of ours, or None where it left the instruction; of theirs."""
    ours, processor, theirs = pair
    prepare(ours, state)
    prepare(theirs, state)
    was = states(ours)
    if not (cycles := processor.step(1)):
        assert states(ours) == was
        return None
    found = cycles, states(ours)
    return found, (theirs.core.execute_instruction(), states(theirs))


@pytest.mark.parametrize("page", range(0, 0x10000, 0x1000))
def test_each_instruction_does_what_the_emulators_own_core_does(pair, page):
    dice = random.Random(page)
    run = 0
    for op in range(page, page + 0x1000):
        for _ in range(STATES):
            state = a_state(dice, (op, second_half(op, dice)))
            result = both(pair, state)
            if result is None:
                continue
            run += 1
            (cycles, mine), (their_cycles, their) = result
            for name, value in architecture(op, state, mine):
                their.flags[name] = value
            if op == BLX_LR:  # theirs goes to where it would return
                their.registers[15] = state.registers[14] & ~1
            assert (cycles, mine) == (their_cycles, their), f"{op:04x}"
    print(f"{run / STATES / 0x1000:.0%} of {page:04x} to {page + 0xFFF:04x} run here")


@pytest.mark.parametrize("op", COMMON)
def test_what_compilers_make_is_run_here(pair, op):
    dice = random.Random(op)
    run = 0
    for _ in range(50):
        state = a_state(dice, (op, second_half(op, dice)))
        state.registers[1], state.registers[2] = RAM + dice.randrange(0x1800, 0x2000, 4), 4 * dice.randrange(100)
        run += both(pair, state) is not None
    assert run >= LEAST_RUN * 50


@pytest.mark.parametrize("kind", [0x4080, 0x40C0, 0x4100, 0x41C0])
def test_shifts_by_a_register_are_the_architectures(pair, kind):
    dice = random.Random(kind)
    for by in (0, 1, 2, 30, 31, 32, 33, 34, 63, 64, 65, 96, 255, 256, 257, 288):
        for _ in range(20):
            state = a_state(dice, (kind | 0o21, 0))  # r1 by r2
            state.registers[1], state.registers[2] = dice.getrandbits(32), by | dice.getrandbits(8) << 24
            mine, their = both(pair, state)
            their[1].flags.update(architecture(kind | 0o21, state, mine[1]))
            assert mine == their, by


def test_timer_and_divider_are_the_emulators(pair):
    ours, _, theirs = pair
    dice = random.Random(1)
    load, store = 0x6808, 0x6008  # r0, [r1]
    run = 0
    for mcu in (ours, theirs):
        mcu.clock.tick(5_000_123_456_789.0)
    for _ in range(5000):
        pointers = [DIVIDER + 4 * n for n in range(7)] + [TIMER + 0x24, TIMER + 0x28, SIO]
        state = a_state(dice, (dice.choice((load, store)), 0), pointers)
        state.registers[1] = dice.choice(pointers)
        if (result := both(pair, state)) is None:
            theirs.core.execute_instruction()
            ours.core.execute_instruction()
            assert states(ours) == states(theirs)
            continue
        run += 1
        assert result[0] == result[1]
        for mcu in (ours, theirs):
            mcu.clock.tick(8.0)
    assert run > 2500


def test_alarms_interrupts_and_state_machines_come_between_the_same_instructions():
    if why := beds.missing("processor"):
        missing_part(why)
    from rp2040py.simulator import Simulator

    from tests.board.emulated.processor import Processor

    def lived(quick):
        """What a program was at when each alarm came, and at the end."""
        simulator = Simulator()
        run = Processor(simulator.rp2040).run if quick else Simulator._execute_batch
        mcu, clock = simulator.rp2040, simulator.clock
        seen, dice = [], random.Random(2)
        program = (
            (0x3001, 0x4348, 0x681A, 0x2A00, 0xD1FA, 0xBF30, 0xB672, 0x3501, 0xB662, 0xE7F5),  # counts; may sleep
            (0x3401, 0x4770),  # an interrupt's: counts, and returns
            (0xB510, 0x3601, 0xBD10),  # another's, with the stack
        )
        for at, code in zip((0x1000, 0x1100, 0x1200), program, strict=True):
            mcu.sram[at : at + 2 * len(code)] = b"".join(half.to_bytes(2, "little") for half in code)
        for number in range(48):
            vector = RAM + 0x1101 + 0x100 * (number % 2)
            mcu.sram[0x2000 + 4 * number : 0x2004 + 4 * number] = vector.to_bytes(4, "little")
        core = mcu.core
        core.vtor, core.enabled_interrupts = RAM + 0x2000, 0b1110
        core.registers[1], core.registers[3] = 3, RAM + 0x2800
        core.registers[13], core.registers[15] = RAM + 0x3000, CODE

        pio = mcu.pio[0]
        for offset, value in ((0x48, 0xE001), (0x4C, 0xE000), (0x50, 0), (0xC8, 137 << 16), (0xDC, 1 << 26), (0, 1)):
            pio.write_uint32(offset, value)  # pin 0 is set, cleared, again (RP2040 datasheet, 3.7)

        def alarm():
            seen.append((clock.nanos, registers(mcu), core.ipsr, core.waiting, pio.pin_values, pio.machines[0].pc))
            for irq in (1, 2, 3):
                core.set_interrupt(irq, irq == len(seen) % 6)
            mcu.sram[0x2800] = len(seen) % 3
            if len(seen) < 2000:
                again.schedule(dice.choice((0, 8, 33.3, 100, 1000, 12345.6)))
            else:
                simulator.stopped = True

        again = clock.create_alarm(alarm)
        again.schedule(5)
        simulator.stopped = False
        while not simulator.stopped:
            run(simulator)
        return seen, registers(mcu), core.pending_interrupts

    ours = lived(True)
    assert ours == lived(False)
    for happened in zip(*[(bool(ipsr), waiting, bool(pin)) for _, _, ipsr, waiting, pin, _ in ours[0]], strict=True):
        assert set(happened) == {False, True}

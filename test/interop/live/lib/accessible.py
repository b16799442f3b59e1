"""
The windows of GTK programs, read and written as a screen reader does (AT-SPI): what a text widget holds after the program has rendered it.
One JSON object a line comes in, {"window": an expression for its whole title, "act": "read"} or {..., "act": "type", "text": ...}; one a line goes out.
"""
import json
import re
import sys
import time

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi

RETURN = 0xff0d
FIELDS = (Atspi.Role.TEXT, Atspi.Role.ENTRY)


def below(node, roles):
    """Every widget below that has one of these roles, in order. Menus are left out: they are most of a window."""
    if node.get_role() == Atspi.Role.MENU_BAR:
        return
    if node.get_role() in roles:
        yield node
    for at in range(node.get_child_count()):
        child = node.get_child_at_index(at)
        if child is not None:
            yield from below(child, roles)


def windows():
    desktop = Atspi.get_desktop(0)
    for program in range(desktop.get_child_count()):
        application = desktop.get_child_at_index(program)
        for at in range(application.get_child_count() if application is not None else 0):
            window = application.get_child_at_index(at)
            if window is not None:
                yield window


def find(title, *roles):
    return [list(below(window, roles)) for window in windows() if re.fullmatch(title, window.get_name())]


def content(widget):
    return Atspi.Text.get_text(widget, 0, Atspi.Text.get_character_count(widget))


def read(title, _):
    return [[content(widget) for widget in widgets] for widgets in find(title, *FIELDS)]


def write(title, text):
    """Types into the last field of the window, presses the return key there, and waits until the program has taken it."""
    entry = [widget for widgets in find(title, *FIELDS) for widget in widgets if widget.get_state_set().contains(Atspi.StateType.EDITABLE)][-1]
    Atspi.Component.grab_focus(entry)
    Atspi.EditableText.set_text_contents(entry, text)
    Atspi.generate_keyboard_event(RETURN, None, Atspi.KeySynthType.SYM)
    for _ in range(200):
        if content(entry) == '':
            return True
        time.sleep(0.02)
    return False


def press(title, label):
    """Presses the buttons of this label."""
    buttons = [widget for widgets in find(title, Atspi.Role.PUSH_BUTTON) for widget in widgets if widget.get_name() == label]
    return [Atspi.Action.do_action(button, 0) for button in buttons]


ACTS = {'press': press, 'read': read, 'type': write, 'titles': lambda _, __: [window.get_name() for window in windows()]}

for line in sys.stdin:
    order = json.loads(line)
    try:
        answer = {'answer': ACTS[order['act']](order.get('window'), order.get('text'))}
    except Exception as problem:  # A window that closes meanwhile: the test asks again.
        answer = {'problem': repr(problem)}
    print(json.dumps(answer), flush=True)

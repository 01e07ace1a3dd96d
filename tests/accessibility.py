"""Whether a page is accessible: what axe-core finds in it by WCAG 2.2 AA.

axe looks at every element, and most of a page are rows of tables, entries of lists and marks of drawings that are like
those before them. It sees some of them; the others are taken out of the page for as long.
"""

from axe_playwright_python.sync_playwright import Axe

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Of one shape beside each other: as many as fill a box that scrolls.
SEEN_OF_A_SHAPE = 20
# Two are of one shape where their elements, classes and attributes are the same, and the same of them are empty.
TAKE_OUT = """([unseen, enough]) => {
    const shape = (each) => [each, ...each.querySelectorAll("*")].map((e) => [
        e.tagName, e.getAttribute("class"), e.getAttributeNames(), e.hidden, !e.textContent.trim(),
    ].join()).join();
    const out = unseen ? [...document.querySelectorAll(unseen)] : [];
    const counts = new Map();
    for (const each of document.querySelectorAll("tr, li, svg *")) {
        if (each.matches("tr, li") || !each.firstElementChild) {
            const beside = counts.get(each.parentNode) || new Map();
            const own = shape(each);
            counts.set(each.parentNode, beside.set(own, (beside.get(own) || 0) + 1));
            if (beside.get(own) > enough) out.push(each);
        }
    }
    window.takenOut = out.filter((each) => each.isConnected).map((each) => {
        const place = document.createComment("");
        each.replaceWith(place);
        return [place, each];
    });
}"""
PUT_BACK = "() => takenOut.reverse().forEach(([place, each]) => place.replaceWith(each))"


def violations(page, rules=WCAG, unseen=None):
    """What axe-core finds on a page, in words. `unseen`: selector of parts that are hidden and left out."""
    page.evaluate(TAKE_OUT, [unseen, SEEN_OF_A_SHAPE])
    try:
        # What passes is counted by rule; to name each element of it would take as long again.
        options = {"runOnly": {"type": "tag", "values": rules}, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response
    finally:
        page.evaluate(PUT_BACK)
    assert len(found["passes"]) > 20
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]

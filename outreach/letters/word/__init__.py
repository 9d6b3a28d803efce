"""A letter as a Word file and back (ECMA-376): blocks that keep their source; what is hidden is told by place."""

"""What the LIDC-IDRI file leaves out, inferred: which marks mean one nodule, and who made them in one sitting.

The file holds the marks of several readers of a scan, without naming the readers. ``linking`` finds the marks that
mean the same physical nodule, ``sessions`` the readings that the marks were made in. ``sessions`` needs the nodules.
"""

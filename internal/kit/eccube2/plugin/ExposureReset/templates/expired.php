<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
?>
<h1><?php echo $p->e($v['h1']); ?></h1>
<p>もう一度<?php echo $p->check('ja'); ?>から開いてください。このページは、1回だけ開けます。</p>
<p class="en" lang="en">This page has expired (15 minutes), or it was opened before. Open it again from <?php echo $p->check('en'); ?>.</p>

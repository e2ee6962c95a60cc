<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
?>
<h1><?php echo $p->e($v['h1']); ?></h1>
<p>ほかのサイトから送られた操作は受け付けません。クッキー（Cookie）を使わない設定になっているときも、手続きできません。もう一度<?php echo $p->check('ja'); ?>から開いてください。</p>
<p class="en" lang="en">What another site sends is not accepted, and nothing can be done while cookies are off. Open this again from <?php echo $p->check('en'); ?>.</p>

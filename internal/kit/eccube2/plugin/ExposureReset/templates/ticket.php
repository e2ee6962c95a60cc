<?php
if (!class_exists('ExposureReset_Pages', false)) { exit; } // asked for over the web
?>
<h1><?php echo $p->e($v['h1']); ?></h1>
<p>ボタンを押すと、新しいパスワードを決める画面が開きます。開けるのは1回だけです。</p>
<p class="en" lang="en">The button opens the page for your new password. It can be opened once.</p>
<form method="post" action="<?php echo $p->e($p->here()); ?>">
<?php echo $p->hidden(array('exposure_csrf' => $v['csrf'], 'ticket' => $v['ticket'])); ?>
<p><button type="submit" name="exposure_step" value="redeem">画面を開く <span lang="en">/ Open</span></button></p>
</form>
